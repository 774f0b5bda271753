package dev.leat.store;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** How long requests of about one size took lately, and from when on one of them is late. */
final class Latencies {
    /** So many requests are remembered: six of them are later than the 95th percentile, enough to tell it by. */
    private static final int SAMPLES = 128;

    /** Fewer tell nothing. */
    private static final int SAMPLES_MIN = 32;

    /** The percentile is worked out again after so many requests; sorting takes some microseconds. */
    private static final int INTERVAL = 16;

    /**
     * A store whose usual answer comes sooner is on this host or beside it: what is late there is late for a reason that a second
     * request would meet, too, such as a busy processor.
     */
    private static final long NEAR_NANOS = TimeUnit.MILLISECONDS.toNanos(3);

    private final long[] nanos = new long[SAMPLES];
    private int count;
    private volatile long lateNanos = Long.MAX_VALUE;

    /** A request was answered well. */
    synchronized void add(long took) {
        nanos[count % SAMPLES] = took;
        count++;
        if (count >= SAMPLES_MIN && count % INTERVAL == 0) {
            long[] sorted = Arrays.copyOf(nanos, Math.min(count, SAMPLES));
            Arrays.sort(sorted);
            lateNanos = sorted[sorted.length / 2] < NEAR_NANOS ? Long.MAX_VALUE : sorted[sorted.length * 95 / 100];
        }
        if (count == 2 * SAMPLES) {
            count = SAMPLES;
        }
    }

    /** After this time a request is among the slowest twentieth; the greatest number if that is not known or not worth knowing. */
    long lateNanos() {
        return lateNanos;
    }
}
