package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** The dataset that a {@code DataProcess} sees, and where. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ProcessDataset(
        @Required @Nullable String name,
        @Nullable String namespace,
        @Required @Nullable String mountPath,
        @Nullable String subPath) {}
