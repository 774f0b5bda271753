package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.kubernetes.api.model.NodeAffinity;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is known of an operation. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public final class OperationStatus {
    public @Nullable Long observedGeneration;
    public @Nullable String phase;
    public @Nullable String duration;
    public @Nullable List<Condition> conditions;
    public @Nullable Map<String, String> infos;
    public @Nullable String lastScheduleTime;
    public @Nullable String lastSuccessfulTime;
    public @Nullable WaitingStatus waitingFor;
    public @Nullable NodeAffinity nodeAffinity;
    public @Nullable Progress progress;
}
