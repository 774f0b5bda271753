package dev.leat.kube.operator;

import dev.leat.kube.report.DaemonReport;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * The latest report of each daemon. It is kept in memory only: after a restart of the operator the daemons tell everything again
 * within seconds, and until then the status stays what it was.
 */
final class ReportBook {
    private static final Duration STALE = Duration.ofSeconds(3L * DaemonReport.INTERVAL_SECONDS);

    private record Entry(DaemonReport report, Instant received) {}

    private final Clock clock;
    private final Map<ResourceID, Map<String, Entry>> byDataset = new ConcurrentHashMap<>();
    private final List<Consumer<ResourceID>> datasetListeners = new CopyOnWriteArrayList<>();
    private final List<Consumer<ResourceID>> operationListeners = new CopyOnWriteArrayList<>();

    ReportBook(Clock clock) {
        this.clock = clock;
    }

    /** Is told of datasets whose reports changed. */
    void onDataset(Consumer<ResourceID> listener) {
        datasetListeners.add(listener);
    }

    /** Is told of operations whose reports changed. */
    void onOperation(Consumer<ResourceID> listener) {
        operationListeners.add(listener);
    }

    /** Takes a report of a pod that has proved who it is. */
    void take(String namespace, DaemonReport report) {
        ResourceID dataset = new ResourceID(report.from().dataset(), namespace);
        Entry entry = new Entry(report, clock.instant());
        Entry before = byDataset
                .computeIfAbsent(dataset, _ -> new ConcurrentHashMap<>())
                .put(report.from().pod(), entry);
        if (before != null && before.report().equals(report)) {
            return;
        }
        datasetListeners.forEach(listener -> listener.accept(dataset));
        String name = report.from().operation();
        if (name != null) {
            ResourceID operation = new ResourceID(name, namespace);
            operationListeners.forEach(listener -> listener.accept(operation));
        }
    }

    /** The reports of a dataset's daemons that are not too old, by pod. */
    Map<String, DaemonReport> of(ResourceID dataset) {
        Instant oldest = clock.instant().minus(STALE);
        Map<String, DaemonReport> reports = new HashMap<>();
        byDataset.getOrDefault(dataset, Map.of()).forEach((pod, entry) -> {
            if (entry.received().isAfter(oldest)) {
                reports.put(pod, entry.report());
            }
        });
        return reports;
    }

    /** The reports of an operation. */
    Collection<DaemonReport> ofOperation(ResourceID dataset, String operation) {
        return of(dataset).values().stream()
                .filter(report -> operation.equals(report.from().operation()))
                .toList();
    }

    /** Forgets a dataset that is gone. */
    void forget(ResourceID dataset) {
        byDataset.remove(dataset);
    }
}
