package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** A node label that must match. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Require(@Required @Nullable String name) {}
