package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** A Service without an address. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ClassHeadless(@Nullable Boolean enabled) {}
