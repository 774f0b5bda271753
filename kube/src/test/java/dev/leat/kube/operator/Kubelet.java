package dev.leat.kube.operator;

import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Stands in for the nodes' kubelets: pods that are scheduled run and are ready at once, unless a test says otherwise, and pods that
 * are deleted end.
 */
final class Kubelet implements AutoCloseable {
    private static final long PERIOD_MILLIS = 200;

    /** A node that does not beat for 40 s is taken to be gone. */
    private static final int ROUNDS_PER_BEAT = 25;

    /** What becomes of pods whose name begins so. */
    enum Fate {
        READY,
        RUNNING,
        SUCCEEDED,
        FAILED,
        CRASHING
    }

    private final KubernetesClient client;
    private final List<String> nodes;
    private final Map<String, Fate> fates = new ConcurrentHashMap<>();
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();

    private int rounds;

    Kubelet(KubernetesClient client, List<String> nodes) {
        this.client = client;
        this.nodes = nodes;
        nodes.forEach(this::join);
        var _ = executor.scheduleWithFixedDelay(this::round, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Decides on the pods of a namespace whose names begin so. */
    void decide(String namespace, String prefix, Fate fate) {
        fates.put(namespace + "/" + prefix, fate);
    }

    private void join(String node) {
        client.resource(new NodeBuilder()
                        .withNewMetadata()
                        .withName(node)
                        .addToLabels("kubernetes.io/hostname", node)
                        .endMetadata()
                        .withNewStatus()
                        .withCapacity(room())
                        .withAllocatable(room())
                        .addNewCondition()
                        .withType("Ready")
                        .withStatus("True")
                        .withReason("Test")
                        .withMessage("stands in")
                        .withLastHeartbeatTime(Instant.now().toString())
                        .endCondition()
                        .endStatus()
                        .build())
                .create();
        beat(node);
        // Merged, as the controllers take taints away at the same time: a patch by places in the list would miss.
        client.nodes().withName(node).patch(PatchContext.of(PatchType.JSON_MERGE), """
                {"spec": {"taints": null}}
                """);
    }

    private static Map<String, Quantity> room() {
        return Map.of("cpu", new Quantity("64"), "memory", new Quantity("4Ti"), "pods", new Quantity("500"));
    }

    private void beat(String node) {
        client.resource(new LeaseBuilder()
                        .withNewMetadata()
                        .withName(node)
                        .withNamespace("kube-node-lease")
                        .endMetadata()
                        .withNewSpec()
                        .withHolderIdentity(node)
                        .withLeaseDurationSeconds(40)
                        .withRenewTime(ZonedDateTime.now(ZoneOffset.UTC))
                        .endSpec()
                        .build())
                .fieldManager("kubelet")
                .forceConflicts()
                .serverSideApply();
    }

    private void round() {
        try {
            if (rounds++ % ROUNDS_PER_BEAT == 0) {
                nodes.forEach(this::beat);
            }
            for (Pod pod : client.pods().inAnyNamespace().list().getItems()) {
                tend(pod);
            }
        } catch (KubernetesClientException e) {
            // A pod that somebody else changed meanwhile: the next round sees it as it is then.
            System.err.println("kubelet: " + e.getMessage());
        }
    }

    private void tend(Pod pod) {
        if (pod.getMetadata().getDeletionTimestamp() != null) {
            client.resource(pod).withGracePeriod(0).delete();
            return;
        }
        if (pod.getSpec().getNodeName() == null) {
            return;
        }
        Fate fate = fates.entrySet().stream()
                .filter(entry -> (pod.getMetadata().getNamespace() + "/"
                                + pod.getMetadata().getName())
                        .startsWith(entry.getKey()))
                .max(Map.Entry.comparingByKey())
                .map(Map.Entry::getValue)
                .orElse(Fate.READY);
        String phase =
                switch (fate) {
                    case SUCCEEDED -> "Succeeded";
                    case FAILED -> "Failed";
                    default -> "Running";
                };
        String ready = fate == Fate.READY ? "True" : "False";
        boolean same = phase.equals(pod.getStatus().getPhase())
                && pod.getStatus().getConditions().stream()
                        .anyMatch(c -> c.getType().equals("Ready")
                                && c.getStatus().equals(ready)
                                && fate.name().equals(c.getReason()));
        if (same) {
            return;
        }
        Pod changed = new PodBuilder(pod)
                .editOrNewStatus()
                .withPhase(phase)
                .removeMatchingFromConditions(c -> c.getType().equals("Ready"))
                .addNewCondition()
                .withType("Ready")
                .withStatus(ready)
                .withReason(fate.name())
                .endCondition()
                .withContainerStatuses(container(pod, fate))
                .endStatus()
                .build();
        client.resource(changed).patchStatus();
    }

    private static ContainerStatus container(Pod pod, Fate fate) {
        ContainerStateBuilder state = new ContainerStateBuilder();
        switch (fate) {
            case READY, RUNNING -> state.withNewRunning().endRunning();
            case CRASHING ->
                state.withNewWaiting()
                        .withReason("CrashLoopBackOff")
                        .withMessage("back-off restarting")
                        .endWaiting();
            case SUCCEEDED -> state.withNewTerminated().withExitCode(0).endTerminated();
            case FAILED ->
                state.withNewTerminated()
                        .withExitCode(1)
                        .withMessage("leat: no such path")
                        .endTerminated();
        }
        return new ContainerStatusBuilder()
                .withName(pod.getSpec().getContainers().getFirst().getName())
                .withReady(fate == Fate.READY)
                .withRestartCount(0)
                .withImage("test")
                .withImageID("test")
                .withState(state.build())
                .build();
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
