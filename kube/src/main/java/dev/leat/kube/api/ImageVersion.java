package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** An image, its tag and when it is pulled. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ImageVersion(
        @Nullable String image,
        @Nullable String imageTag,
        @Nullable String imagePullPolicy) {}
