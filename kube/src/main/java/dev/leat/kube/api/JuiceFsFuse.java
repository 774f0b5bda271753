package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How the FUSE pods of a {@code JuiceFSRuntime} are made. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record JuiceFsFuse(
        @Nullable String image,
        @Nullable String imageTag,
        @Nullable String imagePullPolicy,
        @Nullable List<EnvVar> env,
        @Nullable ResourceRequirements resources,
        @Nullable Map<String, String> options,
        @Nullable Map<String, String> nodeSelector,
        @Nullable List<VolumeMount> volumeMounts,

        @ValidationRule(
                value = "self in ['', 'OnDemand', 'OnRuntimeDeleted', 'OnFuseChanged']",
                message = "cleanPolicy must be OnDemand, OnRuntimeDeleted or OnFuseChanged")
        @Size(max = 32)
        @Nullable
        String cleanPolicy,

        @Nullable PodMetadata podMetadata,
        @Nullable NetworkMode networkMode) {}
