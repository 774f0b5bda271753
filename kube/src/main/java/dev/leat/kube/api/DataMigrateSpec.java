package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Toleration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a {@code DataMigrate} asks for. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "self.policy != 'Cron' || (has(self.schedule) && size(self.schedule) > 0)",
        message = "policy Cron needs a schedule such as \"0 2 * * *\"")
public record DataMigrateSpec(
        @Nullable String image,
        @Nullable String imageTag,
        @Nullable String imagePullPolicy,
        @Required @Nullable MigrateEnd from,
        @Required @Nullable MigrateEnd to,
        @Nullable Boolean block,
        @Nullable String runtimeType,
        @Nullable Map<String, String> options,
        @Default("Once") @Nullable Policy policy,
        @Nullable String schedule,
        @Nullable PodMetadata podMetadata,
        @Nullable Affinity affinity,
        @Nullable List<Toleration> tolerations,
        @Nullable Map<String, String> nodeSelector,
        @Nullable String schedulerName,
        @Nullable OperationRef runAfter,
        @Nullable Integer ttlSecondsAfterFinished,
        @Nullable ResourceRequirements resources,
        @Default("1") @Min(1) @Nullable Integer parallelism,
        @Nullable Map<String, String> parallelOptions) {}
