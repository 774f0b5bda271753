package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/** When an operation runs. */
public enum Policy {
    /** Once. */
    @JsonProperty("Once")
    ONCE,
    /** At the times of a schedule. */
    @JsonProperty("Cron")
    CRON,
    /** Whenever the source or the mounts change. */
    @JsonProperty("OnEvent")
    ON_EVENT
}
