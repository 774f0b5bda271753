package dev.leat.kube.model;

import dev.leat.kube.api.DataLoad;
import dev.leat.kube.api.DataLoadSpec;
import dev.leat.kube.api.DataProcess;
import dev.leat.kube.api.Dataset;
import dev.leat.kube.api.JobProcessor;
import dev.leat.kube.api.PodMetadata;
import dev.leat.kube.api.ProcessDataset;
import dev.leat.kube.api.Processor;
import dev.leat.kube.api.RestartPolicy;
import dev.leat.kube.api.ScriptProcessor;
import dev.leat.kube.api.TargetPath;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.CronJobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobSpec;
import io.fabric8.kubernetes.api.model.batch.v1.JobSpecBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The Jobs that do the work of operations. */
public final class JobObjects {
    public static final String LOAD = "load";
    public static final String PROCESS = "process";

    /** A load that fails is tried again this often; what was fetched stays fetched. */
    private static final int RETRIES = 3;

    /** The volume by which a processor sees the dataset. */
    private static final String DATASET_VOLUME = "leat-dataset";

    private JobObjects() {}

    /** The pods that fill a dataset's cache. */
    public static PodTemplateSpec load(Settings settings, DataLoad load, Dataset dataset, Engine engine) {
        DataLoadSpec spec = load.getSpec();
        PodParts parts = new PodParts(settings, Sources.of(dataset, engine));
        List<String> arguments = new ArrayList<>(List.of("warmup"));
        arguments.addAll(parts.commonOptions());
        arguments.addAll(List.of("--operation", load.getMetadata().getName()));
        arguments.addAll(targets(spec.target()));
        Component component = Component.of(
                List.of(), spec.resources(), spec.nodeSelector(), null, spec.podMetadata(), null, null, null);
        ContainerBuilder container =
                parts.container("load", arguments, component).withResources(parts.resources(component, 0));
        PodSpec pod = new PodSpecBuilder()
                .withAutomountServiceAccountToken(false)
                .withRestartPolicy("Never")
                .withContainers(container.build())
                .withVolumes(parts.volumes(List.of()))
                .withNodeSelector(component.nodeSelector())
                .withTolerations(spec.tolerations())
                .withAffinity(spec.affinity())
                .withSchedulerName(spec.schedulerName())
                .withHostAliases(parts.hostAliases())
                .withImagePullSecrets(parts.pullSecrets(engine.worker()))
                .build();
        return new PodTemplateSpecBuilder()
                .withMetadata(podMetadata(load, LOAD, dataset.getMetadata().getName(), spec.podMetadata()))
                .withSpec(pod)
                .build();
    }

    /** Each path is an argument of its own, so that blanks and colons in it mean nothing. */
    private static List<String> targets(@Nullable List<TargetPath> targets) {
        List<String> arguments = new ArrayList<>();
        arguments.add("--");
        for (TargetPath target : Component.orEmpty(targets)) {
            arguments.add(target.path() == null ? "/" : target.path());
        }
        if (arguments.size() == 1) {
            arguments.add("/");
        }
        return arguments;
    }

    /** The pods that run a user's program over a dataset. */
    public static PodTemplateSpec process(DataProcess process) {
        Processor processor = process.getSpec().processor();
        ProcessDataset dataset = process.getSpec().dataset();
        JobProcessor job = processor == null ? null : processor.job();
        PodSpec pod = job != null && job.podSpec() != null
                ? new PodSpecBuilder(job.podSpec()).build()
                : script(processor == null ? null : processor.script());
        if (pod.getRestartPolicy() == null) {
            pod.setRestartPolicy("Never");
        }
        if (processor != null && processor.serviceAccountName() != null) {
            pod.setServiceAccountName(processor.serviceAccountName());
        }
        String name = dataset == null ? "" : dataset.name();
        PodSpecBuilder builder = new PodSpecBuilder(pod)
                .addNewVolume()
                .withName(DATASET_VOLUME)
                .withNewPersistentVolumeClaim(name, false)
                .endVolume();
        List<Container> containers = new ArrayList<>();
        for (Container container : pod.getContainers()) {
            containers.add(new ContainerBuilder(container)
                    .addToVolumeMounts(new VolumeMountBuilder()
                            .withName(DATASET_VOLUME)
                            .withMountPath(dataset == null ? "" : dataset.mountPath())
                            .withSubPath(dataset == null ? null : dataset.subPath())
                            .build())
                    .build());
        }
        return new PodTemplateSpecBuilder()
                .withMetadata(podMetadata(
                        process, PROCESS, name == null ? "" : name, processor == null ? null : processor.podMetadata()))
                .withSpec(builder.withContainers(containers).build())
                .build();
    }

    private static PodSpec script(@Nullable ScriptProcessor script) {
        if (script == null) {
            return new PodSpecBuilder().build();
        }
        String image = script.image() + (script.imageTag() == null ? "" : ":" + script.imageTag());
        List<String> command = new ArrayList<>(
                script.command() == null || script.command().isEmpty() ? List.of("bash") : script.command());
        command.add("-c");
        command.add(script.source() == null ? "" : script.source());
        return new PodSpecBuilder()
                .withRestartPolicy(script.restartPolicy() == RestartPolicy.ON_FAILURE ? "OnFailure" : "Never")
                .withContainers(new ContainerBuilder()
                        .withName("script")
                        .withImage(image)
                        .withImagePullPolicy(script.imagePullPolicy())
                        .withCommand(command)
                        .withEnv(Component.orEmpty(script.env()))
                        .withVolumeMounts(Component.orEmpty(script.volumeMounts()))
                        .withResources(script.resources())
                        .build())
                .withVolumes(Component.orEmpty(script.volumes()))
                .build();
    }

    /** A Job that runs once. */
    public static Job once(HasMetadata operation, String suffix, PodTemplateSpec template) {
        return Json.stamped(new JobBuilder()
                .withMetadata(metadata(operation, suffix))
                .withSpec(spec(template))
                .build());
    }

    /** A Job at the times of a schedule. */
    public static CronJob cron(HasMetadata operation, String suffix, String schedule, PodTemplateSpec template) {
        return Json.stamped(new CronJobBuilder()
                .withMetadata(metadata(operation, suffix))
                .withNewSpec()
                .withSchedule(schedule)
                // A load that is not done by the next time is not started a second time beside itself.
                .withConcurrencyPolicy("Forbid")
                .withNewJobTemplate()
                .withNewMetadata()
                .withLabels(template.getMetadata().getLabels())
                .withAnnotations(template.getMetadata().getAnnotations())
                .endMetadata()
                .withSpec(spec(template))
                .endJobTemplate()
                .endSpec()
                .build());
    }

    private static JobSpec spec(PodTemplateSpec template) {
        return new JobSpecBuilder()
                .withBackoffLimit(RETRIES)
                .withCompletions(1)
                .withParallelism(1)
                .withTemplate(template)
                .build();
    }

    private static ObjectMeta metadata(HasMetadata operation, String suffix) {
        return new ObjectMetaBuilder()
                .withName(Names.job(operation.getMetadata().getName(), suffix))
                .withNamespace(operation.getMetadata().getNamespace())
                .addToLabels(Labels.MANAGED_BY, Labels.LEAT)
                .addToLabels(Labels.COMPONENT, operation instanceof DataLoad ? LOAD : PROCESS)
                .addToAnnotations(Labels.OPERATION_NAME, operation.getMetadata().getName())
                .withOwnerReferences(Engine.owner(operation))
                .build();
    }

    private static ObjectMeta podMetadata(
            HasMetadata operation, String component, String dataset, @Nullable PodMetadata said) {
        Map<String, String> labels = new LinkedHashMap<>();
        Map<String, String> annotations = new LinkedHashMap<>();
        if (said != null) {
            labels.putAll(Component.orEmpty(said.labels()));
            annotations.putAll(Component.orEmpty(said.annotations()));
        }
        labels.put(Labels.MANAGED_BY, Labels.LEAT);
        labels.put(Labels.COMPONENT, component);
        annotations.put(Labels.OPERATION_NAME, operation.getMetadata().getName());
        annotations.put(Labels.DATASET_NAME, dataset);
        return new ObjectMetaBuilder()
                .withLabels(labels)
                .withAnnotations(annotations)
                .build();
    }
}
