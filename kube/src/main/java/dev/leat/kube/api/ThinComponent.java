package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Min;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How the workers of a {@code ThinRuntime} are made. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ThinComponent(
        @Nullable String image,
        @Nullable String imageTag,
        @Nullable String imagePullPolicy,
        @Nullable List<LocalObjectReference> imagePullSecrets,
        @Min(1) @Nullable Integer replicas,
        @Nullable List<ContainerPort> ports,
        @Nullable ResourceRequirements resources,
        @Nullable List<EnvVar> env,
        @Nullable Boolean enabled,
        @Nullable Map<String, String> nodeSelector,
        @Nullable List<VolumeMount> volumeMounts,
        @Nullable Probe livenessProbe,
        @Nullable Probe readinessProbe,
        @Nullable NetworkMode networkMode) {}
