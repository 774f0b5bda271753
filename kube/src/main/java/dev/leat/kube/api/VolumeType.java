package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Whose folder a level of a cache is. */
public enum VolumeType {
    /** The node's. */
    @JsonProperty("hostPath")
    HOST_PATH,
    /** The pod's. */
    @JsonProperty("emptyDir")
    EMPTY_DIR
}
