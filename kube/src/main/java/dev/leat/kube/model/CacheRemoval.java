package dev.leat.kube.model;

import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Takes a runtime's cache from the disks of its nodes once its workers are gone; memory goes with the pods. */
public final class CacheRemoval {
    public static final String COMPONENT = "cleaner";

    private final Settings settings;
    private final Engine engine;
    private final Set<String> nodes;

    /** Of the nodes on which workers ran. */
    public CacheRemoval(Settings settings, Engine engine, Set<String> nodes) {
        this.settings = settings;
        this.engine = engine;
        this.nodes = nodes;
    }

    private Set<String> folders() {
        Set<String> folders = new TreeSet<>();
        for (Tier tier : engine.tiers()) {
            if (!tier.inPod()) {
                tier.folders().forEach(folder -> folders.add(folder.path()));
            }
        }
        return folders;
    }

    /** A pod for each node that removes the runtime's folders below those of the tiers. */
    public List<Pod> pods() {
        List<Pod> pods = new ArrayList<>();
        Set<String> folders = folders();
        if (!folders.isEmpty()) {
            nodes.forEach(node -> pods.add(pod(node, folders)));
        }
        return pods;
    }

    private Pod pod(String node, Set<String> folders) {
        List<String> command = new ArrayList<>(List.of("rm", "-rf", "--"));
        ContainerBuilder container = new ContainerBuilder()
                .withName("cleaner")
                .withImage(settings.image())
                .withImagePullPolicy(settings.imagePullPolicy());
        PodSpecBuilder spec = new PodSpecBuilder()
                .withAutomountServiceAccountToken(false)
                .withNodeName(node)
                .withRestartPolicy("OnFailure")
                .addNewToleration()
                .withOperator("Exists")
                .endToleration();
        int number = 0;
        for (String folder : folders) {
            String name = "tier-" + number++;
            spec.addToVolumes(new VolumeBuilder()
                    .withName(name)
                    .withNewHostPath(folder, "DirectoryOrCreate")
                    .build());
            container
                    .addNewVolumeMount()
                    .withName(name)
                    .withMountPath(RuntimeObjects.TIERS + "/" + name)
                    .endVolumeMount();
            command.add(RuntimeObjects.TIERS + "/" + name + "/" + engine.namespace() + "/" + engine.name());
        }
        Map<String, String> labels = new LinkedHashMap<>(Labels.common(engine, COMPONENT));
        return new PodBuilder()
                .withNewMetadata()
                .withName(Names.fit(
                        engine.name() + "-" + COMPONENT + "-" + Names.digest(node), Names.LABEL_CHARACTERS_MAX))
                .withNamespace(engine.namespace())
                .withLabels(labels)
                .addToAnnotations(Labels.DATASET_NAME, engine.name())
                .withOwnerReferences(engine.owner())
                .endMetadata()
                .withSpec(spec.withContainers(container.withCommand(command).build())
                        .build())
                .build();
    }

    /** How long it is tried. */
    public Duration patience() {
        return Duration.ofSeconds((long) engine.cleanGraceSeconds() * engine.cleanAttempts());
    }

    /** What is there to be removed by hand. */
    public String leftBehind() {
        List<String> left = new ArrayList<>();
        for (String folder : folders()) {
            left.add(folder + "/" + engine.namespace() + "/" + engine.name());
        }
        return "could not empty the cache within " + patience().toSeconds() + " s; remove " + String.join(", ", left)
                + " on " + String.join(", ", nodes);
    }
}
