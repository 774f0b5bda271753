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

/** Copies data between a dataset and a storage. */
@Group(Groups.FLUID)
@Version(Groups.V1ALPHA1)
@Kind("DataMigrate")
@Plural("datamigrates")
@Singular("datamigrate")
@ShortNames("migrate")
@Categories("fluid")
@AdditionalPrinterColumn(name = "Phase", jsonPath = ".status.phase")
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(name = "Duration", jsonPath = ".status.duration")
public final class DataMigrate extends CustomResource<DataMigrateSpec, OperationStatus> implements Namespaced {
    private static final long serialVersionUID = 1L;
}
