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

/** An object store in memory, as users of Vineyard describe it. */
@Group(Groups.FLUID)
@Version(Groups.V1ALPHA1)
@Kind("VineyardRuntime")
@Plural("vineyardruntimes")
@Singular("vineyardruntime")
@ShortNames("v6d")
@Categories("fluid")
@AdditionalPrinterColumn(
        name = "Ready Masters",
        jsonPath = ".status.masterNumberReady",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 10)
@AdditionalPrinterColumn(
        name = "Desired Masters",
        jsonPath = ".status.desiredMasterNumberScheduled",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 10)
@AdditionalPrinterColumn(name = "Master Phase", jsonPath = ".status.masterPhase")
@AdditionalPrinterColumn(
        name = "Ready Workers",
        jsonPath = ".status.workerNumberReady",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 10)
@AdditionalPrinterColumn(
        name = "Desired Workers",
        jsonPath = ".status.desiredWorkerNumberScheduled",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 10)
@AdditionalPrinterColumn(name = "Worker Phase", jsonPath = ".status.workerPhase")
@AdditionalPrinterColumn(
        name = "Ready Fuses",
        jsonPath = ".status.fuseNumberReady",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 10)
@AdditionalPrinterColumn(
        name = "Desired Fuses",
        jsonPath = ".status.desiredFuseNumberScheduled",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 10)
@AdditionalPrinterColumn(name = "Fuse Phase", jsonPath = ".status.fusePhase")
@AdditionalPrinterColumn(
        name = "API Gateway",
        jsonPath = ".status.apiGateway.endpoint",
        type = AdditionalPrinterColumn.Type.STRING,
        priority = 10)
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
public final class VineyardRuntime extends CustomResource<VineyardRuntimeSpec, RuntimeStatus> implements Namespaced {
    private static final long serialVersionUID = 1L;
}
