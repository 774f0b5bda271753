package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.kubernetes.api.model.NodeSelector;
import org.jspecify.annotations.Nullable;

/** The nodes that may hold a cache. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CacheNodeAffinity(@Nullable NodeSelector required) {}
