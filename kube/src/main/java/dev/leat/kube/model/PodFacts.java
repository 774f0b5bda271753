package dev.leat.kube.model;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a pod's status says, in a word and in a line. */
public final class PodFacts {
    private PodFacts() {}

    /** Whether the kubelet says that it is ready and nobody has told it to go. */
    public static boolean ready(Pod pod) {
        return pod.getMetadata().getDeletionTimestamp() == null
                && conditions(pod).stream().anyMatch(c -> "Ready".equals(c.getType()) && "True".equals(c.getStatus()));
    }

    /** Why it is not ready, or null if nothing is known to be wrong. */
    public static @Nullable String trouble(Pod pod) {
        PodStatus status = pod.getStatus();
        if (status == null) {
            return null;
        }
        for (PodCondition condition : conditions(pod)) {
            if ("PodScheduled".equals(condition.getType()) && "False".equals(condition.getStatus())) {
                return name(pod) + " cannot be scheduled: " + condition.getMessage();
            }
        }
        for (ContainerStatus container : containers(pod)) {
            if (container.getState() == null) {
                continue;
            }
            if (container.getState().getWaiting() != null) {
                String reason = container.getState().getWaiting().getReason();
                if (reason != null && !reason.equals("ContainerCreating") && !reason.equals("PodInitializing")) {
                    return name(pod) + " " + reason
                            + line(container.getState().getWaiting().getMessage()) + last(container);
                }
            }
            if (container.getState().getTerminated() != null) {
                return name(pod) + " ended with code "
                        + container.getState().getTerminated().getExitCode()
                        + line(container.getState().getTerminated().getMessage());
            }
        }
        if ("Failed".equals(status.getPhase())) {
            return name(pod) + " failed" + line(status.getMessage());
        }
        return null;
    }

    private static String last(ContainerStatus container) {
        return container.getLastState() == null || container.getLastState().getTerminated() == null
                ? ""
                : line(container.getLastState().getTerminated().getMessage());
    }

    private static String line(@Nullable String message) {
        return message == null || message.isBlank()
                ? ""
                : ": " + message.strip().lines().reduce((_, last) -> last).orElse("");
    }

    private static String name(Pod pod) {
        return "pod " + pod.getMetadata().getName();
    }

    private static List<PodCondition> conditions(Pod pod) {
        return pod.getStatus() == null || pod.getStatus().getConditions() == null
                ? List.of()
                : pod.getStatus().getConditions();
    }

    private static List<ContainerStatus> containers(Pod pod) {
        return pod.getStatus().getContainerStatuses() == null
                ? List.of()
                : pod.getStatus().getContainerStatuses();
    }
}
