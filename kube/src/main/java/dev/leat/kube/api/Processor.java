package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** What a {@code DataProcess} runs: a pod or a script. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(value = "has(self.job) != has(self.script)", message = "one of job and script must be given, not both")
public record Processor(
        @Nullable String serviceAccountName,
        @Nullable PodMetadata podMetadata,
        @Nullable JobProcessor job,
        @Nullable ScriptProcessor script) {}
