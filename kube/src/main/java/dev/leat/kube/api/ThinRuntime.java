package dev.leat.kube.api;

import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** A FUSE client for the dataset of the same name. */
@Group(Groups.FLUID)
@Version(Groups.V1ALPHA1)
@Kind("ThinRuntime")
@Plural("thinruntimes")
@Singular("thinruntime")
public final class ThinRuntime extends CustomResource<ThinRuntimeSpec, RuntimeStatus> implements Namespaced {
    private static final long serialVersionUID = 1L;
}
