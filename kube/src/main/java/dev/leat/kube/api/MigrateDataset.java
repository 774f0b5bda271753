package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** A dataset, and a path in it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record MigrateDataset(
        @Required @Nullable String name,
        @Required @Nullable String namespace,
        @Nullable String path) {}
