package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** Whether secrets are mounted as files. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ClassSecretMount(@Nullable Boolean enabled) {}
