package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Min;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.model.annotation.SpecReplicas;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a {@code ThinRuntime} asks for. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ThinRuntimeSpec(
        @Nullable String profileName,
        @Nullable ThinComponent worker,
        @Nullable ThinFuse fuse,
        @Nullable TieredStore tieredstore,
        @Min(0) @SpecReplicas @Nullable Integer replicas,
        @Nullable User runAs,
        @Nullable Boolean disablePrometheus,
        @Nullable List<Volume> volumes,
        @Nullable RuntimeManagement management,
        @Nullable List<LocalObjectReference> imagePullSecrets) {}
