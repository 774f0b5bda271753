package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A ConfigMap that a class brings along. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ClassConfigMap(
        @Nullable String name, @Nullable Map<String, String> data) {}
