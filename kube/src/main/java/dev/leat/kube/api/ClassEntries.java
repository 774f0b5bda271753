package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** The commands of the engine. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ClassEntries(
        @Nullable ClassEntry mountUFS, @Nullable ClassEntry reportSummary) {}
