package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A level of a cache in folders of the node. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record HostPathMedium(
        @Nullable List<String> paths,
        @Nullable List<Quantity> quotas,
        @Nullable String type) {}
