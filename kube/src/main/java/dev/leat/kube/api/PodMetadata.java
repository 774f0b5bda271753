package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Labels and annotations of pods. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PodMetadata(
        @Nullable Map<String, String> labels, @Nullable Map<String, String> annotations) {}
