package dev.leat.worker.server;

import dev.leat.worker.wire.Status;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** Counters of a worker. They only grow, but for the connections and requests of the moment. */
final class WorkerStats {
    final AtomicInteger connections = new AtomicInteger();
    final AtomicInteger requests = new AtomicInteger();
    final LongAdder accepted = new LongAdder();
    final LongAdder servedBytes = new LongAdder();
    final LongAdder broken = new LongAdder();
    private final Map<Status, LongAdder> answers = new EnumMap<>(Status.class);

    WorkerStats() {
        for (Status status : Status.values()) {
            answers.put(status, new LongAdder());
        }
    }

    void answered(Status status) {
        LongAdder counter = answers.get(status);
        if (counter != null) {
            counter.increment();
        }
    }

    WorkerSnapshot snapshot() {
        Map<Status, Long> counts = new EnumMap<>(Status.class);
        answers.forEach((status, count) -> counts.put(status, count.sum()));
        return new WorkerSnapshot(
                connections.get(), requests.get(), accepted.sum(), counts, servedBytes.sum(), broken.sum());
    }
}
