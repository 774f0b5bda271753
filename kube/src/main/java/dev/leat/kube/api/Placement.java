package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Whether workers of several datasets may share a node. */
public enum Placement {
    /** One dataset's workers on a node. */
    @JsonProperty("Exclusive")
    EXCLUSIVE,
    /** As exclusive. */
    @JsonProperty("")
    DEFAULT,
    /** Workers of several datasets. */
    @JsonProperty("Shared")
    SHARED
}
