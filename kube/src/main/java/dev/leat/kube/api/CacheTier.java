package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** One level of the cache of a {@code CacheRuntime}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CacheTier(
        @Nullable ProcessMemoryMedium processMemory,
        @Nullable EmptyDirMedium emptyDir,
        @Nullable HostPathMedium hostPath,
        @Nullable String high,
        @Nullable String low) {}
