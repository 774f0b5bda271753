package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** A ConfigMap and where it is mounted. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ClassConfigMount(
        @Nullable String name, @Nullable String mountPath) {}
