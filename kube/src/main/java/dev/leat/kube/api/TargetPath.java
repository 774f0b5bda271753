package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** A path to load, and on how many workers. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TargetPath(
        @Required @Nullable String path, @Nullable Integer replicas) {}
