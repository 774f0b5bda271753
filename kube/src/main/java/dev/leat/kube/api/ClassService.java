package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** The Service of a component. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ClassService(@Nullable ClassHeadless headless) {}
