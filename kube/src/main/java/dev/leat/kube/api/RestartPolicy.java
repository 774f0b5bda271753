package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Whether a script is tried again in the same pod. */
public enum RestartPolicy {
    /** It is not. */
    @JsonProperty("Never")
    NEVER,
    /** It is, when it fails. */
    @JsonProperty("OnFailure")
    ON_FAILURE
}
