package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** What an operation waits for. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record WaitingStatus(@Nullable Boolean operationComplete) {}
