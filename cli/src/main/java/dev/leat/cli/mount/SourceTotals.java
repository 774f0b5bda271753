package dev.leat.cli.mount;

import dev.leat.dataset.source.Source;
import dev.leat.store.StoreException;
import dev.leat.store.StoreMetrics;
import dev.leat.store.StoreOperation;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What sources were asked for, by their kind. Counts never go back: those of a source that is taken away stay. */
final class SourceTotals {
    private final List<Source> sources = new ArrayList<>(); // guarded by this
    private final Map<String, Counts> retired = new HashMap<>(); // guarded by this

    /**
     * The counts of one kind of source.
     *
     * @param metrics requests
     * @param retries requests that were tried again
     * @param refusedRetries requests that were not, since too many fail
     */
    record Counts(StoreMetrics metrics, long retries, long refusedRetries) {
        private static final Counts NONE = new Counts(new StoreMetrics(Map.of(), 0), 0, 0);

        private static Counts of(Source source) {
            return new Counts(source.metrics(), source.retries(), source.refusedRetries());
        }

        private Counts plus(Counts other) {
            Map<StoreOperation, StoreMetrics.Operation> operations = new EnumMap<>(StoreOperation.class);
            operations.putAll(metrics.operations());
            other.metrics.operations().forEach((name, more) -> operations.merge(name, more, Counts::sum));
            return new Counts(
                    new StoreMetrics(operations, metrics.inFlight() + other.metrics.inFlight()),
                    retries + other.retries,
                    refusedRetries + other.refusedRetries);
        }

        private static StoreMetrics.Operation sum(StoreMetrics.Operation a, StoreMetrics.Operation b) {
            List<Long> buckets = new ArrayList<>();
            for (int i = 0; i < a.buckets().size(); i++) {
                buckets.add(a.buckets().get(i) + b.buckets().get(i));
            }
            Map<StoreException.Kind, Long> failures = new EnumMap<>(StoreException.Kind.class);
            failures.putAll(a.failures());
            b.failures().forEach((kind, count) -> failures.merge(kind, count, Long::sum));
            return new StoreMetrics.Operation(
                    a.requests() + b.requests(), a.bytes() + b.bytes(), a.totalNs() + b.totalNs(), buckets, failures);
        }

        /** Requests of one kind. */
        long requests(StoreOperation operation) {
            StoreMetrics.Operation counts = metrics.operations().get(operation);
            return counts == null ? 0 : counts.requests();
        }

        /** Bytes of requests of one kind. */
        long bytes(StoreOperation operation) {
            StoreMetrics.Operation counts = metrics.operations().get(operation);
            return counts == null ? 0 : counts.bytes();
        }
    }

    /** The counts of one source. */
    static Counts of(Source source) {
        return Counts.of(source);
    }

    synchronized void add(Source source) {
        sources.add(source);
    }

    synchronized void remove(Source source) {
        if (sources.remove(source)) {
            Counts last = Counts.of(source);
            Counts still =
                    new Counts(new StoreMetrics(last.metrics().operations(), 0), last.retries(), last.refusedRetries());
            retired.merge(source.kind(), still, Counts::plus);
        }
    }

    /** All counts by kind of source. */
    synchronized Map<String, Counts> byKind() {
        Map<String, Counts> all = new LinkedHashMap<>(retired);
        for (Source source : sources) {
            all.merge(source.kind(), Counts.of(source), Counts::plus);
        }
        return all;
    }

    /** All counts. */
    Counts all() {
        @Nullable Counts all = null;
        for (Counts counts : byKind().values()) {
            all = all == null ? counts : all.plus(counts);
        }
        return all == null ? Counts.NONE : all;
    }
}
