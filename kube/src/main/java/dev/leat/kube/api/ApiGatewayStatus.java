package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** Where the HTTP gateway of a runtime listens. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ApiGatewayStatus(@Nullable String endpoint) {}
