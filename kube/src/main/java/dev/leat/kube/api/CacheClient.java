package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How the clients of a {@code CacheRuntime} are made. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CacheClient(
        @Nullable Boolean disabled,
        @Nullable ImageVersion runtimeVersion,
        @Nullable Map<String, String> options,
        @Nullable PodMetadata podMetadata,
        @Nullable ResourceRequirements resources,
        @Nullable List<EnvVar> env,
        @Nullable List<VolumeMount> volumeMounts,
        @Nullable List<String> args,
        @Nullable Map<String, String> nodeSelector,
        @Nullable List<Toleration> tolerations,
        @Nullable CacheTieredStore tieredStore,

        @Default("OnRuntimeDeleted")
        @Size(max = 32)
        @ValidationRule(
                value = "self in ['', 'OnDemand', 'OnRuntimeDeleted']",
                message = "cleanPolicy must be OnDemand or OnRuntimeDeleted")
        @Nullable
        String cleanPolicy) {}
