package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Min;
import io.fabric8.kubernetes.model.annotation.SpecReplicas;
import org.jspecify.annotations.Nullable;

/** What an {@code EFCRuntime} asks for. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EfcRuntimeSpec(
        @Nullable EfcComponent master,
        @Nullable EfcComponent worker,
        @Nullable EfcInitFuse initFuse,
        @Nullable EfcFuse fuse,
        @Nullable TieredStore tieredstore,
        @Min(0) @SpecReplicas @Nullable Integer replicas,
        @Nullable EfcOsAdvice osAdvise,
        @Nullable CleanCachePolicy cleanCachePolicy,
        @Nullable PodMetadata podMetadata) {}
