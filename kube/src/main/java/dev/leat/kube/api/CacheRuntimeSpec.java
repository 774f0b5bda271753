package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Volume;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a {@code CacheRuntime} asks for. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CacheRuntimeSpec(
        @Required @Nullable String runtimeClassName,
        @Nullable CacheMaster master,
        @Nullable CacheWorker worker,
        @Nullable CacheClient client,
        @Nullable Map<String, String> options,
        @Nullable PodMetadata podMetadata,
        @Nullable List<LocalObjectReference> imagePullSecrets,
        @Nullable List<Volume> volumes) {}
