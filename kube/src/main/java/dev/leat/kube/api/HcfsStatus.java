package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** Where Hadoop clients would find the data. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record HcfsStatus(
        @Nullable String endpoint, @Nullable String underlayerFileSystemVersion) {}
