package dev.leat.kube.model;

import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.HostAlias;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.NodeAffinityBuilder;
import io.fabric8.kubernetes.api.model.NodeSelector;
import io.fabric8.kubernetes.api.model.PodAffinityTermBuilder;
import io.fabric8.kubernetes.api.model.PodAntiAffinity;
import io.fabric8.kubernetes.api.model.PodAntiAffinityBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the pods of workers, FUSE and operations have in common. */
final class PodParts {
    /** Heap, code and stacks of a daemon beside its buffers; see the figures in docs/operations.md. */
    static final long JVM_BYTES = 300L << 20;

    /** The audience of the tokens by which daemons say who they are. */
    static final String TOKEN_AUDIENCE = "leat-operator";

    static final String TOKEN_FOLDER = "/var/run/secrets/leat";

    /** A projected token lives an hour; the kubelet renews it in time. */
    private static final long TOKEN_SECONDS = 3600;

    private final List<Volume> volumes = new ArrayList<>();
    private final List<VolumeMount> mounts = new ArrayList<>();
    private final Settings settings;

    PodParts(Settings settings, Sources sources) {
        this.settings = settings;
        DatasetFile file = sources.file();
        add(
                new VolumeBuilder()
                        .withName("dataset")
                        .withNewConfigMap()
                        .withName(Names.config(file.name()))
                        .endConfigMap()
                        .build(),
                DatasetFile.FOLDER,
                true);
        add(
                new VolumeBuilder()
                        .withName("token")
                        .withNewProjected()
                        .addNewSource()
                        .withNewServiceAccountToken()
                        .withAudience(TOKEN_AUDIENCE)
                        .withExpirationSeconds(TOKEN_SECONDS)
                        .withPath("token")
                        .endServiceAccountToken()
                        .endSource()
                        .endProjected()
                        .build(),
                TOKEN_FOLDER,
                true);
        int number = 0;
        for (String secret : sources.secrets()) {
            add(
                    new VolumeBuilder()
                            .withName("secret-" + number++)
                            .withNewSecret()
                            .withSecretName(secret)
                            .endSecret()
                            .build(),
                    Sources.SECRETS + "/" + secret,
                    true);
        }
        number = 0;
        for (Map.Entry<String, String> claim : sources.claims().entrySet()) {
            add(
                    new VolumeBuilder()
                            .withName("claim-" + number++)
                            .withNewPersistentVolumeClaim(claim.getKey(), file.readOnly())
                            .build(),
                    claim.getValue(),
                    file.readOnly());
        }
        number = 0;
        for (Map.Entry<String, String> folder : sources.folders().entrySet()) {
            add(
                    new VolumeBuilder()
                            .withName("folder-" + number++)
                            .withNewHostPath(folder.getKey(), "Directory")
                            .build(),
                    folder.getValue(),
                    file.readOnly());
        }
    }

    void add(Volume volume, String path, boolean readOnly) {
        volumes.add(volume);
        mounts.add(new VolumeMountBuilder()
                .withName(volume.getName())
                .withMountPath(path)
                .withReadOnly(readOnly ? true : null)
                .build());
    }

    List<Volume> volumes(List<Volume> more) {
        List<Volume> all = new ArrayList<>(volumes);
        all.addAll(more);
        return all;
    }

    /** A container of Leat's image. */
    ContainerBuilder container(String name, List<String> arguments, Component component) {
        List<VolumeMount> all = new ArrayList<>(mounts);
        all.addAll(component.volumeMounts());
        return new ContainerBuilder()
                .withName(name)
                .withImage(settings.image())
                .withImagePullPolicy(settings.imagePullPolicy())
                .withArgs(arguments)
                .withEnv(environment(component))
                .withVolumeMounts(all)
                // A container that cannot start says why where the API shows it.
                .withTerminationMessagePolicy("FallbackToLogsOnError");
    }

    private static List<EnvVar> environment(Component component) {
        List<EnvVar> environment = new ArrayList<>();
        environment.add(field("LEAT_NODE", "spec.nodeName"));
        environment.add(field("LEAT_POD", "metadata.name"));
        environment.add(field("LEAT_NAMESPACE", "metadata.namespace"));
        environment.addAll(component.env());
        return environment;
    }

    private static EnvVar field(String name, String path) {
        return new EnvVarBuilder()
                .withName(name)
                .withNewValueFrom()
                .withNewFieldRef(null, path)
                .endValueFrom()
                .build();
    }

    /** Options of a daemon that serves. */
    List<String> daemonOptions() {
        List<String> options = new ArrayList<>(commonOptions());
        options.addAll(List.of("--metrics", "0.0.0.0:" + RuntimeObjects.METRICS_PORT));
        return options;
    }

    /** Options that all pods of a dataset get. */
    List<String> commonOptions() {
        List<String> options = new ArrayList<>(List.of(
                "--dataset",
                DatasetFile.FOLDER + "/" + DatasetFile.KEY,
                "--memory",
                Sizes.option(settings.memoryBytes()),
                "--log-format",
                "json",
                "--report",
                settings.reportUrl(),
                "--report-token",
                TOKEN_FOLDER + "/token"));
        if (settings.reportCa() != null) {
            options.addAll(List.of("--report-ca", DatasetFile.FOLDER + "/report-ca.crt"));
        }
        if (settings.caBundle() != null) {
            options.addAll(List.of("--ca-bundle", DatasetFile.FOLDER + "/ca-bundle.crt"));
        }
        return options;
    }

    /** What a daemon needs: what the user says, and a limit of memory that its tiers and buffers fit in. */
    ResourceRequirements resources(Component component, long memoryTierBytes) {
        long neededBytes = memoryTierBytes + settings.memoryBytes() + JVM_BYTES;
        Map<String, Quantity> limits = new LinkedHashMap<>();
        Map<String, Quantity> requests = new LinkedHashMap<>();
        ResourceRequirements said = component.resources();
        ResourceRequirementsBuilder resources =
                said == null ? new ResourceRequirementsBuilder() : new ResourceRequirementsBuilder(said);
        if (said != null && said.getLimits() != null) {
            limits.putAll(said.getLimits());
        }
        if (said != null && said.getRequests() != null) {
            requests.putAll(said.getRequests());
        }
        Quantity limit = limits.get("memory");
        if (limit == null || Tier.bytes(limit) < neededBytes) {
            limits.put("memory", new Quantity(String.valueOf((neededBytes + (1 << 20) - 1) >> 20), "Mi"));
        }
        requests.putIfAbsent("memory", new Quantity(String.valueOf((settings.memoryBytes() + JVM_BYTES) >> 20), "Mi"));
        return resources.withLimits(limits).withRequests(requests).build();
    }

    /** A limit of memory that the user set and that the tiers do not fit in, or null. */
    static @Nullable String memoryProblem(Settings settings, Component component, long memoryTierBytes) {
        ResourceRequirements said = component.resources();
        Quantity limit = said == null || said.getLimits() == null
                ? null
                : said.getLimits().get("memory");
        long neededBytes = memoryTierBytes + settings.memoryBytes() + JVM_BYTES;
        return limit == null || Tier.bytes(limit) >= neededBytes
                ? null
                : "the memory limit " + limit + " is below the " + Sizes.bytes(neededBytes)
                        + " that the memory tier and the daemon need; " + Sizes.bytes(neededBytes) + " is used";
    }

    List<HostAlias> hostAliases() {
        List<HostAlias> aliases = new ArrayList<>();
        settings.hostAliases().forEach((address, names) -> aliases.add(new HostAlias(names, address)));
        return aliases;
    }

    List<LocalObjectReference> pullSecrets(Component component) {
        List<LocalObjectReference> secrets = new ArrayList<>(component.imagePullSecrets());
        for (String name : settings.imagePullSecrets()) {
            LocalObjectReference secret = new LocalObjectReference(name);
            if (!secrets.contains(secret)) {
                secrets.add(secret);
            }
        }
        return secrets;
    }

    /** Where workers may run: on the nodes that the dataset names, apart from each other and, if they want, from other datasets'. */
    static Affinity workerAffinity(Engine engine, @Nullable NodeSelector nodes, boolean shared) {
        AffinityBuilder affinity = new AffinityBuilder().withPodAntiAffinity(apart(engine, shared));
        NodeAffinityBuilder node = new NodeAffinityBuilder()
                .addNewPreferredDuringSchedulingIgnoredDuringExecution()
                .withWeight(100)
                .withNewPreference()
                .addNewMatchExpression()
                .withKey(Names.fuseNodeLabel(engine.namespace(), engine.name()))
                .withOperator("In")
                .withValues("true")
                .endMatchExpression()
                .endPreference()
                .endPreferredDuringSchedulingIgnoredDuringExecution();
        if (nodes != null) {
            node.withRequiredDuringSchedulingIgnoredDuringExecution(nodes);
        }
        return affinity.withNodeAffinity(node.build()).build();
    }

    private static PodAntiAffinity apart(Engine engine, boolean shared) {
        PodAntiAffinityBuilder apart = new PodAntiAffinityBuilder();
        // Two workers of one dataset on a node would share its disk and its network.
        apart.addToRequiredDuringSchedulingIgnoredDuringExecution(new PodAffinityTermBuilder()
                .withLabelSelector(new LabelSelectorBuilder()
                        .withMatchLabels(Labels.selector(engine, Labels.WORKER))
                        .build())
                .withTopologyKey("kubernetes.io/hostname")
                .build());
        LabelSelectorBuilder others = new LabelSelectorBuilder()
                .addToMatchLabels(Labels.COMPONENT, Labels.WORKER)
                .addNewMatchExpression()
                .withKey(Labels.FLUID_DATASET)
                .withOperator("Exists")
                .endMatchExpression();
        if (shared) {
            others.addToMatchLabels(Labels.FLUID_PLACEMENT, "Exclusive");
        }
        apart.addToRequiredDuringSchedulingIgnoredDuringExecution(new PodAffinityTermBuilder()
                .withLabelSelector(others.build())
                .withNewNamespaceSelector()
                .endNamespaceSelector()
                .withTopologyKey("kubernetes.io/hostname")
                .build());
        return apart.build();
    }
}
