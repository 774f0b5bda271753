package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Whose network the pods of a component use. */
public enum NetworkMode {
    /** The node's. */
    @JsonProperty("HostNetwork")
    HOST,
    /** What the runtime says. */
    @JsonProperty("")
    DEFAULT,
    /** Their own. */
    @JsonProperty("ContainerNetwork")
    CONTAINER
}
