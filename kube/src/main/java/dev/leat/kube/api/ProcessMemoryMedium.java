package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.kubernetes.api.model.Quantity;
import org.jspecify.annotations.Nullable;

/** A level of a cache in the memory of the process. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ProcessMemoryMedium(@Nullable Quantity quota) {}
