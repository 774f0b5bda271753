package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A command of the engine and how long it may take. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ClassEntry(
        @Nullable List<String> command, @Nullable Integer timeout) {}
