package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** The dataset that an operation works on. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TargetDataset(
        @Required @Nullable String name, @Nullable String namespace) {}
