package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** How many workers hold each block, and whether it may be evicted. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AlluxioData(
        @Nullable Integer replicas, @Nullable Boolean pin) {}
