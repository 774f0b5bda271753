package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** What a {@code DataBackup} asks for. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DataBackupSpec(
        @Nullable String dataset,
        @Nullable String backupPath,
        @Nullable User runAs,
        @Nullable OperationRef runAfter,
        @Nullable Integer ttlSecondsAfterFinished) {}
