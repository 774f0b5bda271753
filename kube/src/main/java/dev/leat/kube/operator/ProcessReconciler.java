package dev.leat.kube.operator;

import dev.leat.kube.api.DataProcess;
import dev.leat.kube.api.DataProcessSpec;
import dev.leat.kube.api.Dataset;
import dev.leat.kube.api.Policy;
import dev.leat.kube.model.Engine;
import dev.leat.kube.model.JobObjects;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;

/** Runs {@code DataProcess}es. */
@ControllerConfiguration(name = "dataprocess", fieldManager = Applier.FIELD_MANAGER)
final class ProcessReconciler extends OperationReconciler<DataProcess> {
    ProcessReconciler(Parts parts) {
        super(parts);
    }

    @Override
    Plan plan(DataProcess process) {
        DataProcessSpec spec = process.getSpec();
        return new Plan(
                spec.dataset() == null ? null : spec.dataset().name(),
                spec.dataset() == null ? null : spec.dataset().namespace(),
                spec.policy() == null ? Policy.ONCE : spec.policy(),
                spec.schedule(),
                spec.runAfter(),
                spec.ttlSecondsAfterFinished(),
                "processor");
    }

    @Override
    PodTemplateSpec template(DataProcess process, Dataset dataset, Engine engine) {
        return JobObjects.process(process);
    }

    @Override
    DataProcess empty() {
        return new DataProcess();
    }

    @Override
    String suffix() {
        return JobObjects.PROCESS;
    }
}
