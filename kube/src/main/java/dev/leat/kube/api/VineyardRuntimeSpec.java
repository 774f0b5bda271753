package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Min;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.model.annotation.SpecReplicas;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a {@code VineyardRuntime} asks for. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VineyardRuntimeSpec(
        @Nullable VineyardMaster master,
        @Nullable VineyardComponent worker,
        @Min(0) @SpecReplicas @Nullable Integer replicas,
        @Nullable VineyardSocket fuse,
        @Nullable TieredStore tieredstore,
        @Nullable Boolean disablePrometheus,
        @Nullable PodMetadata podMetadata,
        @Nullable List<Volume> volumes) {}
