package dev.leat.kube.api;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** A cache whose engine a class describes. */
@Group(Groups.FLUID)
@Version(Groups.V1ALPHA1)
@Kind("CacheRuntime")
@Plural("cacheruntimes")
@Singular("cacheruntime")
@Categories("fluid")
@AdditionalPrinterColumn(name = "Status", jsonPath = ".status.phase")
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
public final class CacheRuntime extends CustomResource<CacheRuntimeSpec, CacheRuntimeStatus> implements Namespaced {
    private static final long serialVersionUID = 1L;
}
