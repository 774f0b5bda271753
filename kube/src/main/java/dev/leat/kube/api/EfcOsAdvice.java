package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** Advice on the operating system of EFC nodes. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EfcOsAdvice(
        @Nullable String osVersion, @Nullable Boolean enabled) {}
