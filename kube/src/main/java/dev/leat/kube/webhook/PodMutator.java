package dev.leat.kube.webhook;

import dev.leat.kube.model.Names;
import dev.leat.kube.model.RuntimeObjects;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.NodeAffinity;
import io.fabric8.kubernetes.api.model.NodeAffinityBuilder;
import io.fabric8.kubernetes.api.model.NodeSelector;
import io.fabric8.kubernetes.api.model.NodeSelectorBuilder;
import io.fabric8.kubernetes.api.model.NodeSelectorRequirement;
import io.fabric8.kubernetes.api.model.NodeSelectorRequirementBuilder;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import io.fabric8.kubernetes.api.model.NodeSelectorTermBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PreferredSchedulingTermBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Changes a pod for the datasets that it uses: it prefers, or where a label says so requires, nodes that hold all of them, and on
 * request brings its own mounts along. A pod that uses none is not changed, and one that was changed already not a second time.
 */
final class PodMutator {
    /** How much a node that holds a dataset is preferred: as much as can be said. */
    private static final int WEIGHT = 100;

    private static final String REQUIRED = "required";
    private static final String SIDECAR = "serverless.fluid.io/inject";
    private static final String SIDECAR_DONE = "done.sidecar.fluid.io/inject";
    private static final String OFF = "fluid.io/enable-injection";

    private PodMutator() {}

    /**
     * A dataset that a pod uses.
     *
     * @param namespace of both
     * @param name of the dataset and of the claim
     * @param objects of the runtime that serves it
     */
    record Used(String namespace, String name, RuntimeObjects objects) {}

    /** Names of the claims that a pod uses. */
    static List<String> claims(Pod pod) {
        List<String> claims = new ArrayList<>();
        for (Volume volume : volumes(pod)) {
            if (volume.getPersistentVolumeClaim() != null) {
                claims.add(volume.getPersistentVolumeClaim().getClaimName());
            }
        }
        return claims;
    }

    /** The pod as it should be. */
    static Pod mutate(Pod pod, List<Used> datasets) {
        if (datasets.isEmpty() || "false".equals(label(pod, OFF))) {
            return pod;
        }
        Pod changed = new PodBuilder(pod).build();
        for (Used dataset : datasets) {
            steer(changed, dataset);
        }
        if ("true".equals(label(pod, SIDECAR)) && !"true".equals(label(pod, SIDECAR_DONE))) {
            for (int i = 0; i < datasets.size(); i++) {
                bringMount(changed, datasets.get(i), i);
            }
            changed.getMetadata().getLabels().put(SIDECAR_DONE, "true");
        }
        return changed;
    }

    private static void steer(Pod pod, Used dataset) {
        NodeSelectorRequirement held = new NodeSelectorRequirementBuilder()
                .withKey(Names.cacheNodeLabel(dataset.namespace(), dataset.name()))
                .withOperator("In")
                .withValues("true")
                .build();
        Affinity said = pod.getSpec().getAffinity();
        NodeAffinity nodes = said == null || said.getNodeAffinity() == null
                ? new NodeAffinityBuilder().build()
                : said.getNodeAffinity();
        boolean required = REQUIRED.equals(label(pod, "fluid.io/dataset." + dataset.name() + ".sched"));
        NodeAffinity steered = required ? require(nodes, held) : prefer(nodes, held);
        pod.getSpec()
                .setAffinity((said == null ? new AffinityBuilder() : new AffinityBuilder(said))
                        .withNodeAffinity(steered)
                        .build());
    }

    /** Terms are alternatives, so each of them has to hold the dataset: then all datasets are required together. */
    private static NodeAffinity require(NodeAffinity nodes, NodeSelectorRequirement held) {
        NodeSelector said = nodes.getRequiredDuringSchedulingIgnoredDuringExecution();
        List<NodeSelectorTerm> terms = new ArrayList<>();
        for (NodeSelectorTerm term : said == null ? List.<NodeSelectorTerm>of() : said.getNodeSelectorTerms()) {
            terms.add(
                    term.getMatchExpressions().contains(held)
                            ? term
                            : new NodeSelectorTermBuilder(term)
                                    .addToMatchExpressions(held)
                                    .build());
        }
        if (terms.isEmpty()) {
            terms.add(new NodeSelectorTermBuilder().withMatchExpressions(held).build());
        }
        return new NodeAffinityBuilder(nodes)
                .withRequiredDuringSchedulingIgnoredDuringExecution(
                        new NodeSelectorBuilder().withNodeSelectorTerms(terms).build())
                .build();
    }

    private static NodeAffinity prefer(NodeAffinity nodes, NodeSelectorRequirement held) {
        boolean said = nodes.getPreferredDuringSchedulingIgnoredDuringExecution().stream()
                .anyMatch(term -> term.getPreference().getMatchExpressions().contains(held));
        return said
                ? nodes
                : new NodeAffinityBuilder(nodes)
                        .addToPreferredDuringSchedulingIgnoredDuringExecution(new PreferredSchedulingTermBuilder()
                                .withWeight(WEIGHT)
                                .withPreference(new NodeSelectorTermBuilder()
                                        .withMatchExpressions(held)
                                        .build())
                                .build())
                        .build();
    }

    /** A native sidecar mounts over a folder of the pod that takes the claim's place. */
    private static void bringMount(Pod pod, Used dataset, int number) {
        PodSpec spec = pod.getSpec();
        List<String> names = new ArrayList<>();
        List<Volume> volumes = new ArrayList<>();
        for (Volume volume : spec.getVolumes()) {
            boolean its = volume.getPersistentVolumeClaim() != null
                    && dataset.name().equals(volume.getPersistentVolumeClaim().getClaimName());
            if (its) {
                names.add(volume.getName());
                volumes.add(new VolumeBuilder()
                        .withName(volume.getName())
                        .withNewEmptyDir()
                        .endEmptyDir()
                        .build());
            } else {
                volumes.add(volume);
            }
        }
        List<Container> first = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            RuntimeObjects.Sidecar sidecar = dataset.objects().sidecar("leat-" + number + "-" + i, names.get(i));
            first.add(sidecar.container());
            volumes.addAll(sidecar.volumes());
        }
        List<Container> init = new ArrayList<>(first);
        for (Container container : spec.getInitContainers()) {
            init.add(following(container, names));
        }
        List<Container> containers = new ArrayList<>();
        for (Container container : spec.getContainers()) {
            containers.add(following(container, names));
        }
        spec.setVolumes(volumes);
        spec.setInitContainers(init);
        spec.setContainers(containers);
    }

    /** A mount that comes back after its daemon was killed shows in the containers that read it. */
    private static Container following(Container container, List<String> volumes) {
        List<VolumeMount> mounts = new ArrayList<>();
        for (VolumeMount mount : container.getVolumeMounts()) {
            mounts.add(
                    volumes.contains(mount.getName())
                            ? new VolumeMountBuilder(mount)
                                    .withMountPropagation("HostToContainer")
                                    .build()
                            : mount);
        }
        return new ContainerBuilder(container).withVolumeMounts(mounts).build();
    }

    private static List<Volume> volumes(Pod pod) {
        return pod.getSpec() == null || pod.getSpec().getVolumes() == null
                ? List.of()
                : pod.getSpec().getVolumes();
    }

    private static String label(Pod pod, String key) {
        Map<String, String> labels =
                pod.getMetadata() == null ? null : pod.getMetadata().getLabels();
        return labels == null ? "" : Objects.requireNonNullElse(labels.get(key), "");
    }
}
