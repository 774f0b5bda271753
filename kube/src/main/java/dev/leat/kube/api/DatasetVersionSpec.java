package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a {@code DatasetVersion} asks for. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DatasetVersionSpec(
        @Required @Size(min = 1, max = 253) @Nullable String dataset,
        @Required @Size(min = 1, max = 128) @Nullable String version,
        @Size(max = 4096) @Nullable String registry,

        @Size(max = 6)
        @ValidationRule(
                value = "self in ['weak', 'strong']",
                message = "strength must be weak (validators at listing speed) or strong (content digests)")
        @Default("weak")
        @Nullable
        String strength,

        @Nullable List<String> tags) {}
