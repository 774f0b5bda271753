package dev.leat.kube.model;

import dev.leat.kube.api.CacheNumbers;
import dev.leat.kube.api.Dataset;
import dev.leat.kube.api.NodeState;
import dev.leat.kube.api.RuntimeStatus;
import dev.leat.kube.report.DaemonReport;
import io.fabric8.kubernetes.api.model.NodeAffinityBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The status of a runtime: what its pods and daemons say, and nothing else. */
public final class RuntimeStatuses {
    public static final String READY = "Ready";
    public static final String PARTIAL = "PartialReady";
    public static final String NOT_READY = "NotReady";

    private RuntimeStatuses() {}

    /**
     * What was seen of a runtime.
     *
     * @param generation of its spec
     * @param created when it was made
     * @param workers its workers' pods
     * @param fuses its FUSE pods
     * @param fusesWanted how many nodes want a FUSE pod
     * @param reports of its daemons that are not too old, by the pod's name
     */
    public record Seen(
            @Nullable Long generation,
            @Nullable String created,
            List<Pod> workers,
            List<Pod> fuses,
            int fusesWanted,
            Map<String, DaemonReport> reports) {}

    /** The status that follows. */
    public static RuntimeStatus of(
            Engine engine, Dataset dataset, Seen seen, @Nullable RuntimeStatus before, Instant now) {
        RuntimeStatus status = new RuntimeStatus();
        status.observedGeneration = seen.generation();
        status.selector = selector(engine);
        status.mounts = dataset.getSpec().mounts();
        // Leat has no master, so none is wanted and none is missing.
        status.masterPhase = READY;
        status.desiredMasterNumberScheduled = 0;
        status.currentMasterNumberScheduled = 0;
        status.masterNumberReady = 0;
        status.workers = states(seen.workers(), seen.reports());
        status.fuses = states(seen.fuses(), seen.reports());
        int workersReady = ready(status.workers);
        status.desiredWorkerNumberScheduled = engine.workers();
        status.currentWorkerNumberScheduled = seen.workers().size();
        status.workerNumberReady = workersReady;
        status.workerNumberAvailable = workersReady;
        status.workerNumberUnavailable = Math.max(0, engine.workers() - workersReady);
        status.workerPhase = phase(engine.workers(), workersReady);
        status.workerReason = reason(seen.workers(), status.workers);
        int fusesReady = ready(status.fuses);
        status.desiredFuseNumberScheduled = seen.fusesWanted();
        status.currentFuseNumberScheduled = seen.fuses().size();
        status.fuseNumberReady = fusesReady;
        status.fuseNumberAvailable = fusesReady;
        status.fuseNumberUnavailable = Math.max(0, seen.fusesWanted() - fusesReady);
        status.fusePhase = phase(seen.fusesWanted(), fusesReady);
        status.fuseReason = reason(seen.fuses(), status.fuses);
        cache(engine, seen, status);
        if (dataset.getSpec().nodeAffinity() != null) {
            status.cacheAffinity = new NodeAffinityBuilder()
                    .withRequiredDuringSchedulingIgnoredDuringExecution(
                            dataset.getSpec().nodeAffinity().required())
                    .build();
        }
        setupDuration(status, seen, before, now);
        status.conditions = new Conditions(before == null ? null : before.conditions, seen.generation(), now)
                .set("MasterInitialized", true, "NoMaster", "Leat has no master")
                .set("MasterReady", true, "NoMaster", "Leat has no master")
                .set(
                        "WorkersInitialized",
                        !seen.workers().isEmpty() || engine.workers() == 0,
                        "Workers",
                        counts(status.currentWorkerNumberScheduled, engine.workers(), "workers exist"))
                .set(
                        "WorkersReady",
                        READY.equals(status.workerPhase),
                        word(status.workerPhase),
                        text(status.workerReason, counts(workersReady, engine.workers(), "workers are ready")))
                .set(
                        "FusesInitialized",
                        true,
                        "Fuses",
                        counts(seen.fuses().size(), seen.fusesWanted(), "FUSE pods exist"))
                .set(
                        "FusesReady",
                        READY.equals(status.fusePhase),
                        word(status.fusePhase),
                        text(status.fuseReason, counts(fusesReady, seen.fusesWanted(), "FUSE pods are ready")))
                .list();
        return status;
    }

    private static String word(@Nullable String phase) {
        return phase == null ? NOT_READY : phase;
    }

    private static String text(@Nullable String reason, String otherwise) {
        return reason == null ? otherwise : reason;
    }

    private static String counts(int is, int wanted, String what) {
        return is + " of " + wanted + " " + what;
    }

    private static String selector(Engine engine) {
        List<String> terms = new ArrayList<>();
        Labels.selector(engine, Labels.WORKER).forEach((key, value) -> terms.add(key + "=" + value));
        return String.join(",", terms);
    }

    private static String phase(int wanted, int ready) {
        if (ready >= wanted) {
            return READY;
        }
        return ready > 0 ? PARTIAL : NOT_READY;
    }

    private static int ready(List<NodeState> states) {
        return (int) states.stream()
                .filter(state -> Boolean.TRUE.equals(state.ready()))
                .count();
    }

    /** A pod is ready when the kubelet says so, and its daemon, if it speaks, does not say otherwise. */
    private static List<NodeState> states(List<Pod> pods, Map<String, DaemonReport> reports) {
        List<NodeState> states = new ArrayList<>();
        pods.stream()
                .sorted(Comparator.comparing(pod -> pod.getMetadata().getName()))
                .forEach(pod -> {
                    DaemonReport report = reports.get(pod.getMetadata().getName());
                    boolean ready = PodFacts.ready(pod) && (report == null || report.problem() == null);
                    String reason =
                            report != null && report.problem() != null ? report.problem() : PodFacts.trouble(pod);
                    DaemonReport.CacheUse cache = report == null ? null : report.cache();
                    states.add(new NodeState(
                            pod.getSpec() == null ? null : pod.getSpec().getNodeName(),
                            pod.getMetadata().getName(),
                            ready,
                            ready ? null : reason,
                            cache == null ? null : cache.cachedBytes(),
                            cache == null ? null : cache.capacityBytes(),
                            null));
                });
        return states;
    }

    private static @Nullable String reason(List<Pod> pods, List<NodeState> states) {
        for (NodeState state : states) {
            if (!Boolean.TRUE.equals(state.ready()) && state.reason() != null) {
                return state.reason();
            }
        }
        for (Pod pod : pods) {
            String trouble = PodFacts.trouble(pod);
            if (trouble != null && !PodFacts.ready(pod)) {
                return trouble;
            }
        }
        return null;
    }

    private static void cache(Engine engine, Seen seen, RuntimeStatus status) {
        long cached = 0;
        long capacity = 0;
        boolean told = false;
        long read = 0;
        long local = 0;
        long remote = 0;
        long source = -1;
        for (DaemonReport report : seen.reports().values()) {
            DaemonReport.CacheUse cache = report.cache();
            if (cache != null && report.from().component().equals(Labels.WORKER)) {
                cached += cache.cachedBytes();
                capacity += cache.capacityBytes();
                told = true;
            }
            DaemonReport.ReadCounts reads = report.reads();
            if (reads != null) {
                read += reads.readBytes();
                local += reads.localHitBytes();
                remote += reads.remoteHitBytes();
            }
            DaemonReport.SourceSize held = report.source();
            if (held != null && held.bytes() != null) {
                source = Math.max(source, held.bytes());
            }
        }
        if (!told) {
            capacity = engine.quotaBytes() * engine.workers();
        }
        Map<String, String> words = new LinkedHashMap<>();
        words.put("cacheCapacity", Sizes.bytes(capacity));
        words.put("cached", Sizes.bytes(cached));
        words.put("cachedPercentage", Sizes.percent(cached, source));
        words.put("cacheHitRatio", Sizes.percent(local + remote, read));
        words.put("localHitRatio", Sizes.percent(local, read));
        words.put("remoteHitRatio", Sizes.percent(remote, read));
        status.cacheStates = words;
        status.cache = new CacheNumbers(
                cached,
                capacity,
                source < 0 ? null : source,
                ratio(local + remote, read),
                ratio(local, read),
                ratio(remote, read));
    }

    private static @Nullable Double ratio(long part, long whole) {
        return whole == 0 ? null : (double) part / (double) whole;
    }

    private static void setupDuration(RuntimeStatus status, Seen seen, @Nullable RuntimeStatus before, Instant now) {
        if (before != null && before.setupDuration != null) {
            status.setupDuration = before.setupDuration;
            status.mountTime = before.mountTime;
        } else if (!NOT_READY.equals(status.workerPhase) && seen.created() != null) {
            status.setupDuration =
                    Duration.between(Instant.parse(seen.created()), now).toSeconds() + "s";
            status.mountTime = Conditions.time(now);
        }
    }
}
