package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** One observation: what is so, since when, and why. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Condition(
        @Required @Nullable String type,
        @Required @Nullable String status,
        @Nullable String reason,
        @Nullable String message,
        @Nullable String lastProbeTime,
        @Nullable String lastUpdateTime,
        @Nullable String lastTransitionTime,
        @Nullable Long observedGeneration) {}
