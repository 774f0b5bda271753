package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What becomes of a secret that a volume names for publishing. */
public enum SecretPolicy {
    /** It is not mounted. */
    @JsonProperty("NotMountNodePublishSecret")
    NONE,
    /** It is mounted if it is there. */
    @JsonProperty("MountNodePublishSecretIfExists")
    IF_EXISTS,
    /** It is copied to the namespace and mounted. */
    @JsonProperty("CopyNodePublishSecretAndMountIfNotExists")
    COPY
}
