package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** What a component needs beside its pod. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ClassDependencies(
        @Nullable ClassSecretMount secretMount, @Nullable ClassExtraMounts extraResources) {}
