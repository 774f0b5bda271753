package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Min;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.model.annotation.SpecReplicas;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a {@code JuiceFSRuntime} asks for. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record JuiceFsRuntimeSpec(
        @Nullable ImageVersion juicefsVersion,
        @Nullable InitUsers initUsers,
        @Nullable JuiceFsComponent master,
        @Nullable JuiceFsComponent worker,
        @Nullable JuiceFsComponent jobWorker,
        @Nullable JuiceFsFuse fuse,
        @Nullable TieredStore tieredstore,
        @Nullable List<String> configs,
        @Min(0) @SpecReplicas @Nullable Integer replicas,
        @Nullable User runAs,
        @Nullable Boolean disablePrometheus,
        @Nullable List<Volume> volumes,
        @Nullable List<PersistentVolumeClaim> volumeClaimTemplates,
        @Nullable PodMetadata podMetadata,
        @Nullable RuntimeManagement management) {}
