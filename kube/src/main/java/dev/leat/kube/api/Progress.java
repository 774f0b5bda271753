package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How far an operation is. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Progress(
        @Nullable Long bytesDone,
        @Nullable Long bytesTotal,
        @Nullable Long filesDone,
        @Nullable Long filesTotal,
        @Nullable Long filesFailed,
        @Nullable Long bytesPerSecond,
        @Nullable Long secondsLeft,
        @Nullable List<String> failures) {}
