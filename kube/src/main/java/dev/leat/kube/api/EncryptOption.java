package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** An option whose value is a secret. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EncryptOption(
        @Required @Nullable String name, @Nullable EncryptSource valueFrom) {}
