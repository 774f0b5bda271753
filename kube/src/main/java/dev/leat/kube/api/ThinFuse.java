package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Lifecycle;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How the FUSE pods of a {@code ThinRuntime} are made. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ThinFuse(
        @Nullable String image,
        @Nullable String imageTag,
        @Nullable String imagePullPolicy,
        @Nullable List<LocalObjectReference> imagePullSecrets,
        @Nullable List<ContainerPort> ports,
        @Nullable List<EnvVar> env,
        @Nullable List<String> command,
        @Nullable List<String> args,
        @Nullable Map<String, String> options,
        @Nullable ResourceRequirements resources,
        @Nullable Map<String, String> nodeSelector,

        @ValidationRule(
                value = "self in ['', 'OnDemand', 'OnRuntimeDeleted', 'OnFuseChanged']",
                message = "cleanPolicy must be OnDemand, OnRuntimeDeleted or OnFuseChanged")
        @Size(max = 32)
        @Nullable
        String cleanPolicy,

        @Nullable NetworkMode networkMode,
        @Nullable Probe livenessProbe,
        @Nullable Probe readinessProbe,
        @Nullable List<VolumeMount> volumeMounts,
        @Nullable Lifecycle lifecycle,
        @Nullable PodMetadata podMetadata) {}
