package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** What is known of one component of a {@code CacheRuntime}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CacheComponentStatus(
        @Nullable String phase,
        @Nullable String reason,
        @Nullable String message,
        @Nullable Integer readyReplicas,
        @Nullable Integer currentReplicas,
        @Nullable Integer desiredReplicas,
        @Nullable Integer unavailableReplicas,
        @Nullable Integer availableReplicas) {}
