package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** The runtime that serves a dataset. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record BoundRuntime(
        @Nullable String name,
        @Nullable String namespace,
        @Nullable String category,
        @Nullable String type,
        @Nullable Integer masterReplicas) {}
