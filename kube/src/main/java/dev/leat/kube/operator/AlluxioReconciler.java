package dev.leat.kube.operator;

import dev.leat.kube.api.AlluxioRuntime;
import dev.leat.kube.model.Engine;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;

/** Keeps {@code AlluxioRuntime}s. */
@ControllerConfiguration(
        name = "alluxioruntime",
        finalizerName = "data.fluid.io/alluxio-runtime-controller-finalizer",
        fieldManager = Applier.FIELD_MANAGER)
final class AlluxioReconciler extends RuntimeReconciler<AlluxioRuntime> {
    AlluxioReconciler(Parts parts) {
        super(parts, "alluxio");
    }

    @Override
    Engine engine(AlluxioRuntime runtime, Context<AlluxioRuntime> context) {
        return Engine.of(runtime);
    }

    @Override
    AlluxioRuntime empty() {
        return new AlluxioRuntime();
    }
}
