package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Volume;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What {@code ThinRuntime}s of one kind have in common. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ThinRuntimeProfileSpec(
        @Required @Nullable String fileSystemType,
        @Nullable List<LocalObjectReference> imagePullSecrets,
        @Nullable ThinComponent worker,
        @Nullable ThinFuse fuse,
        @Nullable List<Volume> volumes,
        @Default("MountNodePublishSecretIfExists") @Nullable SecretPolicy nodePublishSecretPolicy) {}
