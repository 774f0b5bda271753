package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** Where a backup of metadata lies. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DataRestoreLocation(
        @Nullable String path, @Nullable String nodeName) {}
