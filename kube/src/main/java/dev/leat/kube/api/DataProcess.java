package dev.leat.kube.api;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** Runs a program over a dataset. */
@Group(Groups.FLUID)
@Version(Groups.V1ALPHA1)
@Kind("DataProcess")
@Plural("dataprocesses")
@Singular("dataprocess")
@AdditionalPrinterColumn(name = "Dataset", jsonPath = ".spec.dataset.name")
@AdditionalPrinterColumn(name = "Phase", jsonPath = ".status.phase")
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(name = "Duration", jsonPath = ".status.duration")
public final class DataProcess extends CustomResource<DataProcessSpec, OperationStatus> implements Namespaced {
    private static final long serialVersionUID = 1L;
}
