package dev.leat.sys.meter;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts durations in buckets, each twice as long as the one before: from 4 µs, the fastest answer of a session thread, to
 * 34 s, beyond the deadline of a request. Recording takes no lock and allocates nothing; a snapshot that is taken while
 * others record may lack what they are about to add.
 */
public final class LatencyHistogram {
    /** The shortest bucket ends at 2^12 ns. */
    private static final int FIRST_BITS = 12;

    private static final int LAST_BITS = 35;

    /** Upper bounds of the buckets, inclusive, in nanoseconds; what is longer goes into one more. */
    public static final List<Long> BOUNDS_NANOS = bounds();

    private final LongAdder[] buckets = new LongAdder[LAST_BITS - FIRST_BITS + 2];
    private final LongAdder nanos = new LongAdder();

    /** An empty one. */
    public LatencyHistogram() {
        for (int i = 0; i < buckets.length; i++) {
            buckets[i] = new LongAdder();
        }
    }

    private static List<Long> bounds() {
        List<Long> bounds = new ArrayList<>();
        for (int bits = FIRST_BITS; bits <= LAST_BITS; bits++) {
            bounds.add(1L << bits);
        }
        return List.copyOf(bounds);
    }

    /** Counts one duration; a negative one, which no monotonic clock gives, as 0. */
    public void record(long tookNanos) {
        long took = Math.max(0, tookNanos);
        buckets[bucket(took)].increment();
        nanos.add(took);
    }

    private static int bucket(long took) {
        int bits = took <= 1 ? 0 : Long.SIZE - Long.numberOfLeadingZeros(took - 1);
        return Math.clamp(bits - FIRST_BITS, 0, LAST_BITS - FIRST_BITS + 1);
    }

    /** Durations so far. */
    public long count() {
        long sum = 0;
        for (LongAdder bucket : buckets) {
            sum += bucket.sum();
        }
        return sum;
    }

    /** What was counted so far. */
    public Snapshot snapshot() {
        List<Long> counts = new ArrayList<>(buckets.length);
        for (LongAdder bucket : buckets) {
            counts.add(bucket.sum());
        }
        return new Snapshot(counts, nanos.sum());
    }

    /**
     * Durations by length.
     *
     * @param counts one for each of {@link #BOUNDS_NANOS}, not added up, and one for longer ones
     * @param totalNanos sum of all
     */
    public record Snapshot(List<Long> counts, long totalNanos) {
        /** How many there were. */
        public long count() {
            return counts.stream().mapToLong(Long::longValue).sum();
        }
    }
}
