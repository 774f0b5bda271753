package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Min;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.model.annotation.SpecReplicas;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a {@code JindoRuntime} asks for. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record JindoRuntimeSpec(
        @Nullable ImageVersion jindoVersion,
        @Nullable JindoComponent master,
        @Nullable JindoComponent worker,
        @Nullable JindoFuse fuse,
        @Nullable Map<String, String> properties,
        @Nullable TieredStore tieredstore,
        @Min(0) @SpecReplicas @Nullable Integer replicas,
        @Nullable User runAs,
        @Nullable String user,
        @Nullable String hadoopConfig,
        @Nullable String secret,
        @Nullable Map<String, String> labels,
        @Nullable PodMetadata podMetadata,
        @Nullable Map<String, String> logConfig,
        @Nullable NetworkMode networkmode,
        @Nullable CleanCachePolicy cleanCachePolicy,
        @Nullable List<Volume> volumes,
        @Nullable List<LocalObjectReference> imagePullSecrets) {}
