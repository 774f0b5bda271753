package dev.leat.kube.api;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** Fills the cache of a dataset ahead of need. */
@Group(Groups.FLUID)
@Version(Groups.V1ALPHA1)
@Kind("DataLoad")
@Plural("dataloads")
@Singular("dataload")
@ShortNames("load")
@Categories("fluid")
@AdditionalPrinterColumn(name = "Dataset", jsonPath = ".spec.dataset.name")
@AdditionalPrinterColumn(name = "Phase", jsonPath = ".status.phase")
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(name = "Duration", jsonPath = ".status.duration")
public final class DataLoad extends CustomResource<DataLoadSpec, OperationStatus> implements Namespaced {
    private static final long serialVersionUID = 1L;
}
