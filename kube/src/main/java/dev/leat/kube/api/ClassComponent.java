package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A component of an engine. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ClassComponent(
        @Nullable Map<String, String> options,
        @Nullable PodTemplateSpec template,
        @Nullable ClassService service,
        @Nullable ClassDependencies dependencies,
        @Nullable ClassEntries executionEntries) {}
