package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The levels of the cache of a {@code CacheRuntime}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CacheTieredStore(@Nullable List<CacheTier> levels) {}
