package dev.leat.kube.model;

import dev.leat.kube.api.Dataset;
import dev.leat.kube.api.MediumType;
import dev.leat.kube.api.Placement;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EmptyDirVolumeSource;
import io.fabric8.kubernetes.api.model.EmptyDirVolumeSourceBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.NodeSelector;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The objects that serve a dataset: workers that hold its cache, FUSE pods that mount it, and what these need. */
public final class RuntimeObjects {
    /** Workers serve blocks here. */
    static final int BLOCK_PORT = 9101;

    static final int METRICS_PORT = 9100;

    /** Below it, each folder of a tier has a place in a worker. */
    static final String TIERS = "/leat/tiers";

    /** Where a mount has its own small cache. */
    private static final String MOUNT_CACHE = "/leat/cache";

    /** A mount that ends has this long to publish what was written. */
    private static final long GRACE_SECONDS = 60;

    private final Settings settings;
    private final Engine engine;
    private final Dataset dataset;
    private final Sources sources;

    /** The objects of one runtime and its dataset. */
    public RuntimeObjects(Settings settings, Engine engine, Dataset dataset) {
        this.settings = settings;
        this.engine = engine;
        this.dataset = dataset;
        this.sources = Sources.of(dataset, engine);
    }

    /** All of them, in the order in which they are made. */
    public List<HasMetadata> all() {
        return List.of(config(), service(), disruptionBudget(), workers(), fuse());
    }

    /** What is known of the dataset's sources. */
    public Sources sources() {
        return sources;
    }

    /** Problems with what the user asks for that do not keep the runtime from working. */
    public List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        String memory = PodParts.memoryProblem(settings, engine.worker(), engine.memoryTierBytes());
        if (memory != null) {
            warnings.add("spec.worker.resources: " + memory);
        }
        if (engine.tiers().isEmpty() && engine.workers() > 0) {
            warnings.add("spec.tieredstore names no level with a quota: workers cache nothing");
        }
        return warnings;
    }

    /** Tells daemons what the dataset is. */
    ConfigMap config() {
        Map<String, String> data = new LinkedHashMap<>();
        data.put(DatasetFile.KEY, Json.text(sources.file()));
        if (settings.reportCa() != null) {
            data.put("report-ca.crt", settings.reportCa());
        }
        if (settings.caBundle() != null) {
            data.put("ca-bundle.crt", settings.caBundle());
        }
        return Json.stamped(new ConfigMapBuilder()
                .withMetadata(metadata(Names.config(engine.name()), Labels.WORKER))
                .withData(data)
                .build());
    }

    /** Gives each worker a name that others find it by. */
    Service service() {
        return Json.stamped(new ServiceBuilder()
                .withMetadata(metadata(Names.workers(engine.name()), Labels.WORKER))
                .withNewSpec()
                .withClusterIP("None")
                .withPublishNotReadyAddresses(false)
                .withSelector(Labels.selector(engine, Labels.WORKER))
                .addNewPort()
                .withName("blocks")
                .withPort(BLOCK_PORT)
                .withTargetPort(new IntOrString(BLOCK_PORT))
                .endPort()
                .endSpec()
                .build());
    }

    /** A drain takes one worker at a time. */
    PodDisruptionBudget disruptionBudget() {
        return Json.stamped(new PodDisruptionBudgetBuilder()
                .withMetadata(metadata(Names.workers(engine.name()), Labels.WORKER))
                .withNewSpec()
                .withMaxUnavailable(new IntOrString(1))
                .withSelector(new LabelSelectorBuilder()
                        .withMatchLabels(Labels.selector(engine, Labels.WORKER))
                        .build())
                .endSpec()
                .build());
    }

    /** Holds the tiers. */
    StatefulSet workers() {
        PodParts parts = new PodParts(settings, sources);
        List<String> arguments = new ArrayList<>(List.of("worker"));
        arguments.addAll(parts.daemonOptions());
        arguments.addAll(List.of("--listen", "0.0.0.0:" + BLOCK_PORT));
        arguments.addAll(tierOptions(parts));
        arguments.addAll(engineOptions(engine.worker(), EngineProperties.WORKER));
        boolean shared = dataset.getSpec().placement() == Placement.SHARED;
        PodSpecBuilder pod = new PodSpecBuilder()
                .withAutomountServiceAccountToken(false)
                .withNodeSelector(engine.worker().nodeSelector())
                .withTolerations(dataset.getSpec().tolerations())
                .withAffinity(PodParts.workerAffinity(engine, requiredNodes(), shared))
                .withHostNetwork(engine.worker().hostNetwork() ? true : null)
                .withDnsPolicy(dnsPolicy(engine.worker()))
                .withHostAliases(parts.hostAliases())
                .withImagePullSecrets(parts.pullSecrets(engine.worker()))
                .withTerminationGracePeriodSeconds(GRACE_SECONDS);
        pod.addNewTopologySpreadConstraint()
                .withMaxSkew(1)
                .withTopologyKey("topology.kubernetes.io/zone")
                .withWhenUnsatisfiable("ScheduleAnyway")
                .withLabelSelector(new LabelSelectorBuilder()
                        .withMatchLabels(Labels.selector(engine, Labels.WORKER))
                        .build())
                .endTopologySpreadConstraint();
        ContainerBuilder container = parts.container("worker", arguments, engine.worker())
                .withResources(parts.resources(engine.worker(), engine.memoryTierBytes()))
                .withStartupProbe(started())
                .withReadinessProbe(ready())
                .withLivenessProbe(alive());
        ports(container, true);
        pod.withContainers(container.build()).withVolumes(parts.volumes(engine.volumes()));
        return Json.stamped(new StatefulSetBuilder()
                .withMetadata(metadata(Names.workers(engine.name()), Labels.WORKER))
                .withNewSpec()
                .withServiceName(Names.workers(engine.name()))
                .withReplicas(engine.workers())
                .withPodManagementPolicy("Parallel")
                .withSelector(new LabelSelectorBuilder()
                        .withMatchLabels(Labels.selector(engine, Labels.WORKER))
                        .build())
                .withNewTemplate()
                .withMetadata(podMetadata(engine.worker(), Labels.WORKER, shared))
                .withSpec(pod.build())
                .endTemplate()
                .endSpec()
                .build());
    }

    /** On the node's network a pod asks the node's resolver, unless it is told otherwise: that one knows no Services. */
    private static @Nullable String dnsPolicy(Component component) {
        return component.hostNetwork() ? "ClusterFirstWithHostNet" : null;
    }

    /** Mounts the dataset on the nodes that the node plugin labels: those where a pod uses it. */
    DaemonSet fuse() {
        PodParts parts = new PodParts(settings, sources);
        String folder = mountFolder(settings.mountRoot(), engine);
        List<String> arguments = new ArrayList<>(List.of("mount", "--foreground"));
        arguments.addAll(parts.daemonOptions());
        if (sources.file().readOnly()) {
            arguments.add("--read-only");
        }
        arguments.addAll(mountCache(parts));
        arguments.addAll(engineOptions(engine.fuse(), EngineProperties.MOUNT));
        arguments.add(folder + "/" + engine.type() + "-fuse");
        boolean shared = dataset.getSpec().placement() == Placement.SHARED;
        Map<String, String> nodes = new LinkedHashMap<>(engine.fuse().nodeSelector());
        nodes.put(Names.fuseNodeLabel(engine.namespace(), engine.name()), "true");
        parts.add(
                new VolumeBuilder()
                        .withName("fuse-device")
                        .withNewHostPath("/dev/fuse", "CharDevice")
                        .build(),
                "/dev/fuse",
                false);
        ContainerBuilder container = parts.container("fuse", arguments, engine.fuse())
                .addNewVolumeMount()
                .withName("mounts")
                .withMountPath(settings.mountRoot())
                .withMountPropagation("Bidirectional")
                .endVolumeMount()
                .withNewSecurityContext()
                .withPrivileged(true)
                .endSecurityContext()
                .withResources(parts.resources(engine.fuse(), 0))
                .withStartupProbe(started())
                .withReadinessProbe(ready())
                .withLivenessProbe(alive());
        ports(container, false);
        PodSpecBuilder pod = new PodSpecBuilder()
                .withAutomountServiceAccountToken(false)
                .withNodeSelector(nodes)
                // Where a pod runs that uses the dataset, its mount has to run.
                .addNewToleration()
                .withOperator("Exists")
                .endToleration()
                .withHostNetwork(engine.fuse().hostNetwork() ? true : null)
                .withDnsPolicy(dnsPolicy(engine.fuse()))
                .withHostAliases(parts.hostAliases())
                .withImagePullSecrets(parts.pullSecrets(engine.fuse()))
                .withPriorityClassName(settings.priorityClass())
                .withTerminationGracePeriodSeconds(GRACE_SECONDS)
                .withContainers(container.build())
                .withVolumes(parts.volumes(engine.volumes()))
                .addNewVolume()
                .withName("mounts")
                .withNewHostPath(settings.mountRoot(), "DirectoryOrCreate")
                .endVolume();
        return Json.stamped(new DaemonSetBuilder()
                .withMetadata(metadata(Names.fuse(engine.name()), Labels.FUSE))
                .withNewSpec()
                .withSelector(new LabelSelectorBuilder()
                        .withMatchLabels(Labels.selector(engine, Labels.FUSE))
                        .build())
                // A new template reaches a node when its pod goes: readers there are not to be interrupted by an edit.
                .withNewUpdateStrategy()
                .withType("OnDelete")
                .endUpdateStrategy()
                .withNewTemplate()
                .withMetadata(podMetadata(engine.fuse(), Labels.FUSE, shared))
                .withSpec(pod.build())
                .endTemplate()
                .endSpec()
                .build());
    }

    /** The folder of a node below which a dataset is mounted, as Fluid lays it out. */
    public static String mountFolder(String root, Engine engine) {
        return root + "/" + engine.type() + "/" + engine.namespace() + "/" + engine.name();
    }

    /**
     * A container that mounts the dataset for the pod that it is part of, and what it needs.
     *
     * @param container a native sidecar: it starts before the others and ends after them
     * @param volumes to be added to the pod's
     */
    public record Sidecar(Container container, List<Volume> volumes) {}

    /** A FUSE pod as a container of somebody else's pod, over one of its volumes. */
    public Sidecar sidecar(String name, String volume) {
        PodSpec fuse = fuse().getSpec().getTemplate().getSpec();
        Container own = fuse.getContainers().getFirst();
        String folder = "/leat/mount";
        List<String> arguments = new ArrayList<>(own.getArgs());
        arguments.set(arguments.size() - 1, folder);
        List<VolumeMount> mounts = new ArrayList<>();
        for (VolumeMount mount : own.getVolumeMounts()) {
            if (!mount.getName().equals("mounts")) {
                mounts.add(new VolumeMountBuilder(mount)
                        .withName(name + "-" + mount.getName())
                        .build());
            }
        }
        mounts.add(new VolumeMountBuilder()
                .withName(volume)
                .withMountPath(folder)
                .withMountPropagation("Bidirectional")
                .build());
        List<Volume> volumes = new ArrayList<>();
        for (Volume needed : fuse.getVolumes()) {
            if (!needed.getName().equals("mounts")) {
                volumes.add(new VolumeBuilder(needed)
                        .withName(name + "-" + needed.getName())
                        .build());
            }
        }
        Container container = new ContainerBuilder(own)
                .withName(name)
                .withArgs(arguments)
                .withVolumeMounts(mounts)
                .withPorts(List.of())
                .withRestartPolicy("Always")
                .withReadinessProbe(null)
                .withLivenessProbe(null)
                // The others start once a read works.
                .withStartupProbe(new ProbeBuilder()
                        .withNewExec()
                        .withCommand("mountpoint", "-q", folder)
                        .endExec()
                        .withPeriodSeconds(1)
                        .withFailureThreshold(120)
                        .build())
                .build();
        return new Sidecar(container, volumes);
    }

    private List<String> tierOptions(PodParts parts) {
        List<String> options = new ArrayList<>();
        int number = 0;
        for (Tier tier : engine.tiers()) {
            for (Tier.Folder folder : tier.folders()) {
                String volume = "tier-" + number;
                String place = TIERS + "/" + number++;
                parts.add(tierVolume(tier, folder, volume), place, false);
                StringBuilder option = new StringBuilder(tier.medium().name())
                        .append('=')
                        .append(place)
                        .append(",quota=")
                        .append(Sizes.option(folder.quotaBytes()));
                if (tier.high() != null) {
                    option.append(",high=").append(tier.high());
                }
                if (tier.low() != null) {
                    option.append(",low=").append(tier.low());
                }
                options.add("--tier");
                options.add(option.toString());
            }
        }
        return options;
    }

    /**
     * What a mount keeps for itself beside the workers' cache. The volume has no limit of its own: the daemon keeps to its quota, and to be
     * evicted for a few bytes more would cost the readers of a whole node their mount.
     */
    private List<String> mountCache(PodParts parts) {
        parts.add(
                new VolumeBuilder()
                        .withName("cache")
                        .withNewEmptyDir()
                        .endEmptyDir()
                        .build(),
                MOUNT_CACHE,
                false);
        return List.of("--tier", "SSD=" + MOUNT_CACHE + ",quota=" + Sizes.option(settings.mountCacheBytes()));
    }

    private Volume tierVolume(Tier tier, Tier.Folder folder, String name) {
        if (!tier.inPod()) {
            // A folder of the dataset's own: datasets that share a disk do not meet, and it can be removed as a whole.
            return new VolumeBuilder()
                    .withName(name)
                    .withNewHostPath(
                            folder.path() + "/" + engine.namespace() + "/" + engine.name(), "DirectoryOrCreate")
                    .build();
        }
        Volume said = tier.source();
        EmptyDirVolumeSource empty = said == null ? null : said.getEmptyDir();
        if (said != null && empty == null) {
            return new VolumeBuilder(said).withName(name).build();
        }
        String medium = tier.medium() == MediumType.MEM ? "Memory" : empty == null ? null : empty.getMedium();
        Quantity limit = new Quantity(String.valueOf(folder.quotaBytes()));
        return new VolumeBuilder()
                .withName(name)
                .withEmptyDir(new EmptyDirVolumeSourceBuilder()
                        .withMedium(medium)
                        .withSizeLimit(empty == null || empty.getSizeLimit() == null ? limit : empty.getSizeLimit())
                        .build())
                .build();
    }

    /** Properties of the engine that Leat knows, as those options that this kind of daemon has. */
    private List<String> engineOptions(Component component, Set<String> known) {
        List<String> options = new ArrayList<>();
        EngineProperties.options(engine.properties(), component.options()).forEach((name, value) -> {
            if (known.contains(name)) {
                options.add("--" + name);
                options.add(value);
            }
        });
        return options;
    }

    private @Nullable NodeSelector requiredNodes() {
        return dataset.getSpec().nodeAffinity() == null
                ? null
                : dataset.getSpec().nodeAffinity().required();
    }

    private ObjectMeta metadata(String name, String component) {
        return new ObjectMetaBuilder()
                .withName(name)
                .withNamespace(engine.namespace())
                .withLabels(Labels.common(engine, component))
                .addToAnnotations(Labels.DATASET_NAME, engine.name())
                .withOwnerReferences(engine.owner())
                .build();
    }

    private ObjectMeta podMetadata(Component component, String name, boolean shared) {
        Map<String, String> labels = new LinkedHashMap<>(component.labels());
        labels.putAll(Labels.pods(engine, name, shared));
        Map<String, String> annotations = new LinkedHashMap<>(component.annotations());
        annotations.put(Labels.DATASET_NAME, engine.name());
        if (engine.scraped()) {
            annotations.put("prometheus.io/scrape", "true");
            annotations.put("prometheus.io/port", String.valueOf(METRICS_PORT));
            annotations.put("prometheus.io/path", "/metrics");
        }
        return new ObjectMetaBuilder()
                .withLabels(labels)
                .withAnnotations(annotations)
                .build();
    }

    private static void ports(ContainerBuilder container, boolean blocks) {
        container
                .addNewPort()
                .withName("metrics")
                .withContainerPort(METRICS_PORT)
                .endPort();
        if (blocks) {
            container
                    .addNewPort()
                    .withName("blocks")
                    .withContainerPort(BLOCK_PORT)
                    .endPort();
        }
    }

    /** Ready means that a read works: the daemon answers so. */
    private static Probe ready() {
        return new ProbeBuilder()
                .withNewHttpGet()
                .withPath("/ready")
                .withPort(new IntOrString("metrics"))
                .endHttpGet()
                .withPeriodSeconds(2)
                .withTimeoutSeconds(5)
                .build();
    }

    /** On a node that is overloaded a start takes minutes; to end it would make that worse. */
    private static Probe started() {
        return new ProbeBuilder()
                .withNewHttpGet()
                .withPath("/alive")
                .withPort(new IntOrString("metrics"))
                .endHttpGet()
                .withPeriodSeconds(1)
                .withTimeoutSeconds(5)
                .withFailureThreshold(300)
                .build();
    }

    private static Probe alive() {
        return new ProbeBuilder()
                .withNewHttpGet()
                .withPath("/alive")
                .withPort(new IntOrString("metrics"))
                .endHttpGet()
                .withPeriodSeconds(10)
                .withTimeoutSeconds(5)
                .withFailureThreshold(6)
                .build();
    }
}
