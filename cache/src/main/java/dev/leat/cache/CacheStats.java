package dev.leat.cache;

import java.util.EnumMap;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** Counters of one cache. They only grow. */
final class CacheStats {
    private final EnumMap<Medium, Hits> hits = new EnumMap<>(Medium.class);
    final LongAdder misses = new LongAdder();
    final LongAdder missBytes = new LongAdder();
    /** Warmed or written, so not by a reader. */
    final LongAdder broughtBytes = new LongAdder();

    final LongAdder fetches = new LongAdder();
    final LongAdder fetchedBytes = new LongAdder();
    final LongAdder fetchFailures = new LongAdder();
    final LongAdder fills = new LongAdder();
    final LongAdder filledBytes = new LongAdder();
    final LongAdder passedBy = new LongAdder();
    final LongAdder passedByBytes = new LongAdder();
    final LongAdder evictions = new LongAdder();
    final LongAdder evictedBytes = new LongAdder();
    final LongAdder suspectPages = new LongAdder();
    final LongAdder corruptPages = new LongAdder();
    final LongAdder scrubbedBytes = new LongAdder();
    final LongAdder diskFailures = new LongAdder();
    final LongAdder prefetchedBytes = new LongAdder();
    final LongAdder prefetchWastedBytes = new LongAdder();
    final LongAdder prefetchRefused = new LongAdder();

    CacheStats() {
        for (Medium medium : Medium.values()) {
            hits.put(medium, new Hits());
        }
    }

    /** Hits of the tiers of one medium. */
    static final class Hits {
        final LongAdder requests = new LongAdder();
        final LongAdder bytes = new LongAdder();

        void add(long count) {
            requests.increment();
            bytes.add(count);
        }
    }

    Hits hits(Medium medium) {
        return Objects.requireNonNull(hits.get(medium));
    }

    /** Bytes served or brought so far, from wherever: the clock that eviction goes by. */
    long servedBytes() {
        long sum = missBytes.sum() + broughtBytes.sum();
        for (Hits one : hits.values()) {
            sum += one.bytes.sum();
        }
        return sum;
    }
}
