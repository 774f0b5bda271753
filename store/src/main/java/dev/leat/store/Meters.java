package dev.leat.store;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** Counts requests by kind, with bytes, failures and latencies. */
final class Meters {
    private final LongAdder inFlight = new LongAdder();
    private final Map<StoreOperation, Meter> meters = new EnumMap<>(StoreOperation.class);

    Meters() {
        for (StoreOperation operation : StoreOperation.values()) {
            meters.put(operation, new Meter());
        }
    }

    /** The counts so far. Requests that end meanwhile may be in some of them and not in others. */
    StoreMetrics metrics() {
        Map<StoreOperation, StoreMetrics.Operation> operations = new EnumMap<>(StoreOperation.class);
        meters.forEach((operation, meter) -> {
            StoreMetrics.Operation counts = meter.counts();
            if (counts.requests() > 0) {
                operations.put(operation, counts);
            }
        });
        return new StoreMetrics(operations, inFlight.sum());
    }

    private static final class Meter {
        private final LongAdder bytes = new LongAdder();
        private final LongAdder totalNs = new LongAdder();
        private final List<LongAdder> buckets = new ArrayList<>();
        private final Map<StoreException.Kind, LongAdder> failures = new EnumMap<>(StoreException.Kind.class);

        Meter() {
            for (int i = 0; i <= StoreMetrics.BUCKETS_US.size(); i++) {
                buckets.add(new LongAdder());
            }
            for (StoreException.Kind kind : StoreException.Kind.values()) {
                failures.put(kind, new LongAdder());
            }
        }

        void add(long ns) {
            long us = TimeUnit.NANOSECONDS.toMicros(ns);
            int bucket = 0;
            while (bucket < StoreMetrics.BUCKETS_US.size() && us > StoreMetrics.BUCKETS_US.get(bucket)) {
                bucket++;
            }
            buckets.get(bucket).increment();
            totalNs.add(ns);
        }

        void fail(StoreException.Kind kind) {
            LongAdder count = failures.get(kind);
            if (count != null) {
                count.increment();
            }
        }

        StoreMetrics.Operation counts() {
            List<Long> counts = buckets.stream().map(LongAdder::sum).toList();
            Map<StoreException.Kind, Long> failed = new EnumMap<>(StoreException.Kind.class);
            failures.forEach((kind, count) -> {
                if (count.sum() > 0) {
                    failed.put(kind, count.sum());
                }
            });
            long requests = counts.stream().mapToLong(Long::longValue).sum();
            return new StoreMetrics.Operation(requests, bytes.sum(), totalNs.sum(), counts, failed);
        }
    }

    <T> T count(StoreOperation operation, long bytes, Retries.Request<T> request) throws StoreException {
        Meter meter = meters.get(operation);
        if (meter == null) {
            throw new AssertionError(operation);
        }
        long beginNs = System.nanoTime();
        inFlight.increment();
        try {
            T answer = request.send();
            meter.bytes.add(bytes);
            return answer;
        } catch (StoreException e) {
            // A request whose thread was interrupted was given up here, which is no failure of the store.
            if (!Thread.currentThread().isInterrupted()) {
                meter.fail(e.kind());
            }
            throw e;
        } finally {
            inFlight.decrement();
            meter.add(System.nanoTime() - beginNs);
        }
    }
}
