package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.kubernetes.api.model.PodSpec;
import org.jspecify.annotations.Nullable;

/** A pod that the user wrote. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record JobProcessor(@Nullable PodSpec podSpec) {}
