package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One source of a dataset and the folder that shows it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "!has(self.path) || self.path.startsWith('/')",
        message = "path must be absolute, such as /imagenet")
@ValidationRule(value = "!has(self.path) || !(self.path + '/').contains('/../')", message = "path must not contain ..")
@ValidationRule(
        value = "self.mountPoint.contains('://') || self.mountPoint.startsWith('/')",
        message =
                "mountPoint must be an address such as s3://bucket/prefix, https://host/path/, pvc://claim/path or local:///directory")
public record Mount(
        @Size(min = 5, max = 2048) @Required @Nullable String mountPoint,
        @Nullable Map<String, String> options,
        @Nullable String name,
        @Size(max = 2048) @Nullable String path,
        @Nullable Boolean readOnly,
        @Nullable Boolean shared,
        @Nullable List<EncryptOption> encryptOptions) {}
