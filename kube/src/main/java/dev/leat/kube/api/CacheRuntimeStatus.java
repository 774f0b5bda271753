package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.kubernetes.api.model.NodeAffinity;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is known of a {@code CacheRuntime}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public final class CacheRuntimeStatus {
    public @Nullable Long observedGeneration;
    public @Nullable String phase;
    public @Nullable String valueFile;
    public @Nullable String setupDuration;
    public @Nullable List<Condition> conditions;
    public @Nullable String selector;
    public @Nullable NodeAffinity cacheAffinity;
    public @Nullable String mountTime;
    public @Nullable CacheComponentStatus master;
    public @Nullable CacheComponentStatus worker;
    public @Nullable CacheComponentStatus client;
}
