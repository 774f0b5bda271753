package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** A node label that is preferred, and how much. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Prefer(
        @Required @Nullable String name, @Required @Nullable Integer weight) {}
