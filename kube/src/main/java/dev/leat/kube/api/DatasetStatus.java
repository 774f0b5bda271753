package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is known of a dataset. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public final class DatasetStatus {
    public @Nullable Long observedGeneration;
    public @Nullable List<Mount> mounts;
    public @Nullable String ufsTotal;
    public @Nullable String phase;
    public @Nullable List<BoundRuntime> runtimes;

    @Required
    public @Nullable List<Condition> conditions;

    public @Nullable Map<String, String> cacheStates;
    public @Nullable CacheNumbers cache;
    public @Nullable HcfsStatus hcfs;
    public @Nullable String fileNum;
    public @Nullable Long ufsTotalBytes;
    public @Nullable Long fileCount;
    public @Nullable String dataLoadRef;
    public @Nullable String dataBackupRef;
    public @Nullable Map<String, String> operationRef;
    public @Nullable List<String> datasetRef;
}
