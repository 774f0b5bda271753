package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The levels of a cache, in any order. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TieredStore(@Size(max = 16) @Nullable List<TierLevel> levels) {}
