package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A storage that is no dataset, with its secrets. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ExternalStorage(
        @Required @Nullable String uri, @Nullable List<EncryptOption> encryptOptions) {}
