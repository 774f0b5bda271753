package dev.leat.kube.operator;

import dev.leat.kube.api.DataLoad;
import dev.leat.kube.api.DataLoadSpec;
import dev.leat.kube.api.Dataset;
import dev.leat.kube.api.Policy;
import dev.leat.kube.model.Engine;
import dev.leat.kube.model.JobObjects;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;

/** Runs {@code DataLoad}s. */
@ControllerConfiguration(name = "dataload", fieldManager = Applier.FIELD_MANAGER)
final class LoadReconciler extends OperationReconciler<DataLoad> {
    LoadReconciler(Parts parts) {
        super(parts);
    }

    @Override
    Plan plan(DataLoad load) {
        DataLoadSpec spec = load.getSpec();
        return new Plan(
                spec.dataset() == null ? null : spec.dataset().name(),
                spec.dataset() == null ? null : spec.dataset().namespace(),
                spec.policy() == null ? Policy.ONCE : spec.policy(),
                spec.schedule(),
                spec.runAfter(),
                spec.ttlSecondsAfterFinished(),
                "loader");
    }

    @Override
    PodTemplateSpec template(DataLoad load, Dataset dataset, Engine engine) {
        return JobObjects.load(parts().settings(), load, dataset, engine);
    }

    @Override
    DataLoad empty() {
        return new DataLoad();
    }

    @Override
    String suffix() {
        return JobObjects.LOAD;
    }
}
