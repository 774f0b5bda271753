package dev.leat.kube.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A script and the image that runs it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ScriptProcessor(
        @Nullable String image,
        @Nullable String imageTag,
        @Nullable String imagePullPolicy,
        @Default("Never") @Nullable RestartPolicy restartPolicy,
        @Nullable List<String> command,
        @Required @Nullable String source,
        @Nullable List<EnvVar> env,
        @Nullable List<VolumeMount> volumeMounts,
        @Nullable List<Volume> volumes,
        @Nullable ResourceRequirements resources) {}
