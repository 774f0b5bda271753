package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.kubernetes.api.model.NodeAffinity;
import io.fabric8.kubernetes.model.annotation.LabelSelector;
import io.fabric8.kubernetes.model.annotation.StatusReplicas;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is known of a runtime. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public final class RuntimeStatus {
    public @Nullable Long observedGeneration;
    public @Nullable String valueFile;
    public @Nullable String masterPhase;
    public @Nullable String masterReason;
    public @Nullable Integer desiredMasterNumberScheduled;
    public @Nullable Integer currentMasterNumberScheduled;
    public @Nullable Integer masterNumberReady;
    public @Nullable String workerPhase;
    public @Nullable String workerReason;
    public @Nullable Integer desiredWorkerNumberScheduled;

    @StatusReplicas
    public @Nullable Integer currentWorkerNumberScheduled;

    public @Nullable Integer workerNumberReady;
    public @Nullable Integer workerNumberAvailable;
    public @Nullable Integer workerNumberUnavailable;
    public @Nullable String fusePhase;
    public @Nullable String fuseReason;
    public @Nullable Integer desiredFuseNumberScheduled;
    public @Nullable Integer currentFuseNumberScheduled;
    public @Nullable Integer fuseNumberReady;
    public @Nullable Integer fuseNumberAvailable;
    public @Nullable Integer fuseNumberUnavailable;
    public @Nullable String setupDuration;
    public @Nullable List<Condition> conditions;
    public @Nullable Map<String, String> cacheStates;
    public @Nullable CacheNumbers cache;

    @LabelSelector
    public @Nullable String selector;

    public @Nullable ApiGatewayStatus apiGateway;
    public @Nullable String mountTime;
    public @Nullable List<Mount> mounts;
    public @Nullable NodeAffinity cacheAffinity;
    public @Nullable List<NodeState> workers;
    public @Nullable List<NodeState> fuses;
}
