package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How the FUSE pods of an {@code EFCRuntime} are made. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EfcFuse(
        @Nullable ImageVersion version,
        @Nullable Map<String, String> properties,
        @Nullable ResourceRequirements resources,
        @Nullable Map<String, String> nodeSelector,

        @ValidationRule(
                value = "self in ['', 'OnDemand', 'OnRuntimeDeleted', 'OnFuseChanged']",
                message = "cleanPolicy must be OnDemand, OnRuntimeDeleted or OnFuseChanged")
        @Size(max = 32)
        @Nullable
        String cleanPolicy,

        @Nullable NetworkMode networkMode,
        @Nullable PodMetadata podMetadata) {}
