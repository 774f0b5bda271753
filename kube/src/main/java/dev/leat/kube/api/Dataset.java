package dev.leat.kube.api;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** Sources under one tree, and what is known of their cache. */
@Group(Groups.FLUID)
@Version(Groups.V1ALPHA1)
@Kind("Dataset")
@Plural("datasets")
@Singular("dataset")
@ShortNames("dataset")
@Categories("fluid")
@AdditionalPrinterColumn(name = "Ufs Total Size", jsonPath = ".status.ufsTotal")
@AdditionalPrinterColumn(name = "Cached", jsonPath = ".status.cacheStates.cached")
@AdditionalPrinterColumn(name = "Cache Capacity", jsonPath = ".status.cacheStates.cacheCapacity")
@AdditionalPrinterColumn(
        name = "Cached Percentage",
        jsonPath = ".status.cacheStates.cachedPercentage",
        type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(name = "Phase", jsonPath = ".status.phase")
@AdditionalPrinterColumn(name = "HCFS URL", jsonPath = ".status.hcfs.endpoint", priority = 10)
@AdditionalPrinterColumn(name = "TOTAL FILES", jsonPath = ".status.fileNum", priority = 11)
@AdditionalPrinterColumn(
        name = "CACHE HIT RATIO",
        jsonPath = ".status.cacheStates.cacheHitRatio",
        type = AdditionalPrinterColumn.Type.STRING,
        priority = 10)
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
@ValidationRule(
        value = "self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
        message = "the name of a dataset starts with a letter; then come letters, digits and -")
public final class Dataset extends CustomResource<DatasetSpec, DatasetStatus> implements Namespaced {
    private static final long serialVersionUID = 1L;
}
