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

/** Keeps the metadata of a dataset. */
@Group(Groups.FLUID)
@Version(Groups.V1ALPHA1)
@Kind("DataBackup")
@Plural("databackups")
@Singular("databackup")
@ShortNames("backup")
@Categories("fluid")
@AdditionalPrinterColumn(name = "Dataset", jsonPath = ".spec.dataset")
@AdditionalPrinterColumn(name = "Phase", jsonPath = ".status.phase")
@AdditionalPrinterColumn(name = "Path", jsonPath = ".status.infos.BackupLocationPath")
@AdditionalPrinterColumn(name = "NodeName", jsonPath = ".status.infos.BackupLocationNodeName")
@AdditionalPrinterColumn(name = "Duration", jsonPath = ".status.duration")
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
public final class DataBackup extends CustomResource<DataBackupSpec, OperationStatus> implements Namespaced {
    private static final long serialVersionUID = 1L;
}
