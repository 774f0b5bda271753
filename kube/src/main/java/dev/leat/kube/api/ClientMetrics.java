package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** Whether the metrics of FUSE clients are scraped. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ClientMetrics(
        @Nullable Boolean enabled, @Nullable String scrapeTarget) {}
