package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** A key of a secret. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SecretKeySelector(
        @Required @Nullable String name, @Nullable String key) {}
