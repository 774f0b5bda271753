package dev.leat.kube.operator;

import dev.leat.kube.model.Labels;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Makes objects what they should be, by server-side apply, and leaves those alone that are. */
final class Applier {
    /** The name under which the operator owns fields. */
    static final String FIELD_MANAGER = "leat";

    private Applier() {}

    /** Applies an object unless what the informers show carries its digest already. */
    static <T extends HasMetadata> void apply(Context<?> context, T object) {
        @SuppressWarnings("unchecked")
        Class<T> type = (Class<T>) object.getClass();
        Optional<T> seen = context.getSecondaryResources(type).stream()
                .filter(other -> other.getMetadata()
                                .getName()
                                .equals(object.getMetadata().getName())
                        && Objects.equals(
                                other.getMetadata().getNamespace(),
                                object.getMetadata().getNamespace()))
                .findFirst();
        if (seen.isPresent() && Objects.equals(digest(seen.get()), digest(object))) {
            return;
        }
        apply(context.getClient(), object);
    }

    /** Applies an object, and returns it as the API server has it then. */
    static <T extends HasMetadata> T apply(KubernetesClient client, T object) {
        return client.resource(object)
                .fieldManager(FIELD_MANAGER)
                .forceConflicts()
                .serverSideApply();
    }

    private static @Nullable String digest(HasMetadata object) {
        Map<String, String> annotations = object.getMetadata().getAnnotations();
        return annotations == null ? null : annotations.get(Labels.DIGEST);
    }
}
