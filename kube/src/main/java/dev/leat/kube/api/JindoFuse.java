package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Toleration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How the FUSE pods of a {@code JindoRuntime} are made. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record JindoFuse(
        @Nullable String image,
        @Nullable String imageTag,
        @Nullable String imagePullPolicy,
        @Nullable List<LocalObjectReference> imagePullSecrets,
        @Nullable Map<String, String> properties,
        @Nullable Map<String, String> env,
        @Nullable ResourceRequirements resources,
        @Nullable List<String> args,
        @Nullable Map<String, String> nodeSelector,
        @Nullable List<Toleration> tolerations,
        @Nullable Map<String, String> labels,
        @Nullable PodMetadata podMetadata,

        @ValidationRule(
                value = "self in ['', 'OnDemand', 'OnRuntimeDeleted', 'OnFuseChanged']",
                message = "cleanPolicy must be OnDemand, OnRuntimeDeleted or OnFuseChanged")
        @Size(max = 32)
        @Nullable
        String cleanPolicy,

        @Nullable Boolean disabled,
        @Nullable Map<String, String> logConfig,
        @Nullable ClientMetrics metrics) {}
