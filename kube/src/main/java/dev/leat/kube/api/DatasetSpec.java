package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.Toleration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a {@code Dataset} asks for. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DatasetSpec(
        @Size(min = 1, max = 128) @Nullable List<Mount> mounts,
        @Nullable User owner,
        @Nullable CacheNodeAffinity nodeAffinity,
        @Nullable List<Toleration> tolerations,
        @Nullable List<String> accessModes,
        @Nullable List<BoundRuntime> runtimes,
        @Nullable Placement placement,
        @Nullable DataRestoreLocation dataRestoreLocation,
        @Nullable Map<String, String> sharedOptions,
        @Nullable List<EncryptOption> sharedEncryptOptions) {}
