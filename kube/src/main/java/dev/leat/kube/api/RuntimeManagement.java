package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** What becomes of cache and metadata in the life of a runtime. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RuntimeManagement(
        @Nullable CleanCachePolicy cleanCachePolicy,
        @Nullable MetadataSyncPolicy metadataSyncPolicy) {}
