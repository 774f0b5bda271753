package dev.leat.kube.operator;

import dev.leat.kube.api.ThinRuntime;
import dev.leat.kube.api.ThinRuntimeProfile;
import dev.leat.kube.model.Engine;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Keeps {@code ThinRuntime}s; the image that they name gives way to Leat's. */
@ControllerConfiguration(
        name = "thinruntime",
        finalizerName = "data.fluid.io/thin-runtime-controller-finalizer",
        fieldManager = Applier.FIELD_MANAGER)
final class ThinReconciler extends RuntimeReconciler<ThinRuntime> {
    ThinReconciler(Parts parts) {
        super(parts, "thin");
    }

    @Override
    public List<EventSource<?, ThinRuntime>> prepareEventSources(EventSourceContext<ThinRuntime> context) {
        List<EventSource<?, ThinRuntime>> sources = new ArrayList<>(super.prepareEventSources(context));
        sources.add(Informers.informer(context, ThinRuntimeProfile.class, null, profile -> {
            Set<ResourceID> users = new HashSet<>();
            context.getPrimaryCache()
                    .list(runtime -> runtime.getSpec() != null
                            && profile.getMetadata()
                                    .getName()
                                    .equals(runtime.getSpec().profileName()))
                    .forEach(runtime -> users.add(ResourceID.fromResource(runtime)));
            return users;
        }));
        return sources;
    }

    @Override
    Engine engine(ThinRuntime runtime, Context<ThinRuntime> context) {
        return Engine.of(runtime, profile(runtime, context));
    }

    /** Looked up by name: a profile may come before the runtimes that name it, or after. */
    private static @Nullable ThinRuntimeProfile profile(ThinRuntime runtime, Context<ThinRuntime> context) {
        String name = runtime.getSpec().profileName();
        return name == null
                ? null
                : context.getClient()
                        .resources(ThinRuntimeProfile.class)
                        .withName(name)
                        .get();
    }

    @Override
    List<String> problems(ThinRuntime runtime, Context<ThinRuntime> context) {
        String name = runtime.getSpec().profileName();
        return name == null || profile(runtime, context) != null
                ? List.of()
                : List.of("spec.profileName: no ThinRuntimeProfile of the name " + name + " exists");
    }

    @Override
    ThinRuntime empty() {
        return new ThinRuntime();
    }
}
