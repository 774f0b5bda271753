package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** What {@code cacheStates} says in words, as numbers. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CacheNumbers(
        @Nullable Long cachedBytes,
        @Nullable Long capacityBytes,
        @Nullable Long sourceBytes,
        @Nullable Double hitRatio,
        @Nullable Double localHitRatio,
        @Nullable Double remoteHitRatio) {}
