package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** What a {@code DataProcess} asks for. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "self.policy != 'Cron' || (has(self.schedule) && size(self.schedule) > 0)",
        message = "policy Cron needs a schedule such as \"0 2 * * *\"")
public record DataProcessSpec(
        @Required @Nullable ProcessDataset dataset,
        @Required @Nullable Processor processor,
        @Nullable OperationRef runAfter,
        @Nullable Integer ttlSecondsAfterFinished,
        @Default("Once") @Nullable Policy policy,
        @Nullable String schedule) {}
