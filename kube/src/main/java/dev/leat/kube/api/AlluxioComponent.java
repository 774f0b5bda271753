package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Min;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One of the components of an {@code AlluxioRuntime}: how its pods are made. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AlluxioComponent(
        @Min(1) @Nullable Integer replicas,
        @Nullable List<String> jvmOptions,
        @Nullable Map<String, String> properties,
        @Nullable Map<String, Integer> ports,
        @Nullable ResourceRequirements resources,
        @Nullable Map<String, String> env,
        @Nullable Boolean enabled,
        @Nullable Map<String, String> nodeSelector,
        @Nullable NetworkMode networkMode,
        @Nullable List<VolumeMount> volumeMounts,
        @Nullable PodMetadata podMetadata,
        @Nullable List<LocalObjectReference> imagePullSecrets) {}
