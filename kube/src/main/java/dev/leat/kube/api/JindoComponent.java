package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Min;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One of the components of a {@code JindoRuntime}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record JindoComponent(
        @Min(1) @Nullable Integer replicas,
        @Nullable Map<String, String> properties,
        @Nullable Map<String, Integer> ports,
        @Nullable ResourceRequirements resources,
        @Nullable Map<String, String> env,
        @Nullable Map<String, String> nodeSelector,
        @Nullable List<Toleration> tolerations,
        @Nullable Map<String, String> labels,
        @Nullable PodMetadata podMetadata,
        @Nullable Boolean disabled,
        @Nullable List<VolumeMount> volumeMounts,
        @Nullable List<LocalObjectReference> imagePullSecrets) {}
