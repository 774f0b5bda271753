package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Default;
import org.jspecify.annotations.Nullable;

/** How long and how often an emptying of the cache is tried. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CleanCachePolicy(
        @Default("60") @Nullable Integer gracePeriodSeconds,
        @Default("3") @Nullable Integer maxRetryAttempts) {}
