package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Toleration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a {@code DataLoad} asks for. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "self.policy != 'Cron' || (has(self.schedule) && size(self.schedule) > 0)",
        message = "policy Cron needs a schedule such as \"0 2 * * *\"")
@ValidationRule(
        value = "has(self.dataset) && size(self.dataset.name) > 0",
        message = "dataset.name must name the dataset to load")
public record DataLoadSpec(
        @Nullable TargetDataset dataset,
        @Nullable Boolean loadMetadata,
        @Nullable List<TargetPath> target,
        @Nullable Map<String, String> options,
        @Nullable PodMetadata podMetadata,
        @Nullable Affinity affinity,
        @Nullable List<Toleration> tolerations,
        @Nullable Map<String, String> nodeSelector,
        @Nullable String schedulerName,
        @Default("Once") @Nullable Policy policy,
        @Nullable String schedule,
        @Nullable OperationRef runAfter,
        @Nullable Integer ttlSecondsAfterFinished,
        @Nullable ResourceRequirements resources) {}
