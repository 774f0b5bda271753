package dev.leat.kube.operator;

import dev.leat.kube.api.JuiceFsRuntime;
import dev.leat.kube.model.Engine;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;

/** Keeps {@code JuiceFSRuntime}s. */
@ControllerConfiguration(
        name = "juicefsruntime",
        finalizerName = "data.fluid.io/juicefs-runtime-controller-finalizer",
        fieldManager = Applier.FIELD_MANAGER)
final class JuiceFsReconciler extends RuntimeReconciler<JuiceFsRuntime> {
    JuiceFsReconciler(Parts parts) {
        super(parts, "juicefs");
    }

    @Override
    Engine engine(JuiceFsRuntime runtime, Context<JuiceFsRuntime> context) {
        return Engine.of(runtime);
    }

    @Override
    JuiceFsRuntime empty() {
        return new JuiceFsRuntime();
    }
}
