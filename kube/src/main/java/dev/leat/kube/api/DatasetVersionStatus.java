package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is known of a sealed version. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public final class DatasetVersionStatus {
    public @Nullable Long observedGeneration;
    public @Nullable String phase;
    public @Nullable String digest;
    public @Nullable Long files;
    public @Nullable Long bytes;
    public @Nullable List<Condition> conditions;
}
