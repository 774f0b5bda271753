package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Min;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How the master of a {@code CacheRuntime} is made. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CacheMaster(
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
        @Min(0) @Default("1") @Nullable Integer replicas) {}
