package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** A worker or a FUSE pod as its daemon told of itself. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NodeState(
        @Nullable String node,
        @Nullable String pod,
        @Nullable Boolean ready,
        @Nullable String reason,
        @Nullable Long cachedBytes,
        @Nullable Long capacityBytes,
        @Nullable String reportedAt) {}
