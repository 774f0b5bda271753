package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** The image that prepares nodes for EFC; Leat needs none. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EfcInitFuse(@Nullable ImageVersion version) {}
