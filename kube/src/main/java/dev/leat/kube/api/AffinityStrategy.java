package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether an operation runs where the one before it ran. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AffinityStrategy(
        @Nullable OperationObject dependOn,
        @Nullable String policy,
        @Nullable List<Prefer> prefers,
        @Nullable List<Require> requires) {}
