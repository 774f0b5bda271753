package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** Where the value of a secret option lies. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EncryptSource(@Nullable SecretKeySelector secretKeyRef) {}
