package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Min;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One of the components of an {@code EFCRuntime}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EfcComponent(
        @Min(1) @Nullable Integer replicas,
        @Nullable ImageVersion version,
        @Nullable Map<String, String> properties,
        @Nullable Map<String, Integer> ports,
        @Nullable ResourceRequirements resources,
        @Nullable Boolean disabled,
        @Nullable Map<String, String> nodeSelector,
        @Nullable NetworkMode networkMode,
        @Nullable PodMetadata podMetadata) {}
