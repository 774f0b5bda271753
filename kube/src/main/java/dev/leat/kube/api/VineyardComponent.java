package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Min;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One of the components of a {@code VineyardRuntime}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VineyardComponent(
        @Min(1) @Nullable Integer replicas,
        @Nullable String image,
        @Nullable String imageTag,
        @Nullable String imagePullPolicy,
        @Nullable Map<String, String> nodeSelector,
        @Nullable Map<String, Integer> ports,
        @Nullable Map<String, String> env,
        @Nullable Map<String, String> options,
        @Nullable ResourceRequirements resources,
        @Nullable List<VolumeMount> volumeMounts,
        @Nullable PodMetadata podMetadata,
        @Nullable NetworkMode networkMode) {}
