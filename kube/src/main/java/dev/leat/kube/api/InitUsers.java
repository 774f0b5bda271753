package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The image that makes users in pods; Leat needs none. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record InitUsers(
        @Nullable String image,
        @Nullable String imageTag,
        @Nullable String imagePullPolicy,
        @Nullable Map<String, String> env,
        @Nullable ResourceRequirements resources) {}
