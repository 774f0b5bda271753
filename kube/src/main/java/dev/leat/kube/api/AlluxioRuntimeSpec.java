package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Min;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.model.annotation.SpecReplicas;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an {@code AlluxioRuntime} asks for. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AlluxioRuntimeSpec(
        @Nullable ImageVersion alluxioVersion,
        @Nullable AlluxioComponent master,
        @Nullable AlluxioComponent jobMaster,
        @Nullable AlluxioComponent worker,
        @Nullable AlluxioComponent jobWorker,
        @Nullable AlluxioComponent apiGateway,
        @Nullable InitUsers initUsers,
        @Nullable AlluxioFuse fuse,
        @Nullable Map<String, String> properties,
        @Nullable List<String> jvmOptions,
        @Nullable TieredStore tieredstore,
        @Nullable AlluxioData data,
        @Min(0) @SpecReplicas @Nullable Integer replicas,
        @Nullable User runAs,
        @Nullable Boolean disablePrometheus,
        @Nullable String hadoopConfig,
        @Nullable List<Volume> volumes,
        @Nullable PodMetadata podMetadata,
        @Nullable RuntimeManagement management,
        @Nullable List<LocalObjectReference> imagePullSecrets) {}
