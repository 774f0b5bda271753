package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How the client sockets of a {@code VineyardRuntime} are made. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VineyardSocket(
        @Nullable String image,
        @Nullable String imageTag,
        @Nullable String imagePullPolicy,
        @Nullable Map<String, String> env,

        @ValidationRule(
                value = "self in ['', 'OnDemand', 'OnRuntimeDeleted', 'OnFuseChanged']",
                message = "cleanPolicy must be OnDemand, OnRuntimeDeleted or OnFuseChanged")
        @Size(max = 32)
        @Nullable
        String cleanPolicy,

        @Nullable ResourceRequirements resources,
        @Nullable NetworkMode networkMode,
        @Nullable PodMetadata podMetadata,
        @Nullable Map<String, String> options) {}
