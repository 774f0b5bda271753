package dev.leat.kube.api;

import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** What thin runtimes of one kind have in common. */
@Group(Groups.FLUID)
@Version(Groups.V1ALPHA1)
@Kind("ThinRuntimeProfile")
@Plural("thinruntimeprofiles")
@Singular("thinruntimeprofile")
public final class ThinRuntimeProfile extends CustomResource<ThinRuntimeProfileSpec, ProfileStatus> {
    private static final long serialVersionUID = 1L;
}
