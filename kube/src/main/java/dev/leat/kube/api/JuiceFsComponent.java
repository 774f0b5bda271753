package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Min;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One of the components of a {@code JuiceFSRuntime}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record JuiceFsComponent(
        @Min(1) @Nullable Integer replicas,
        @Nullable List<ContainerPort> ports,
        @Nullable ResourceRequirements resources,
        @Nullable Map<String, String> options,
        @Nullable List<EnvVar> env,
        @Nullable Boolean enabled,
        @Nullable Map<String, String> nodeSelector,
        @Nullable List<VolumeMount> volumeMounts,
        @Nullable PodMetadata podMetadata,
        @Nullable NetworkMode networkMode) {}
