package dev.leat.worker.client;

import java.util.concurrent.ThreadLocalRandom;

/**
 * Leaves a worker alone after a failure, twice as long after each further one. When the time is over one read is let through to
 * try; the others wait for what becomes of it by going elsewhere.
 */
final class Rest {
    private final long leastNanos;
    private final long mostNanos;
    private long pauseNanos; // guarded by this
    private long until; // guarded by this; by System.nanoTime
    private boolean trying; // guarded by this

    Rest(long leastNanos, long mostNanos) {
        this.leastNanos = leastNanos;
        this.mostNanos = mostNanos;
    }

    /** Whether this read may ask the worker. */
    synchronized boolean mayAsk() {
        if (pauseNanos == 0) {
            return true;
        }
        if (trying || System.nanoTime() - until < 0) {
            return false;
        }
        trying = true;
        return true;
    }

    /** Whether every read may. */
    synchronized boolean over() {
        return pauseNanos == 0;
    }

    /** The worker answered. */
    synchronized void good() {
        pauseNanos = 0;
        trying = false;
    }

    /** A read that was let through says nothing about the worker. */
    synchronized void undecided() {
        trying = false;
    }

    /** The worker failed. Of reads that fail together one counts. */
    synchronized void bad() {
        long now = System.nanoTime();
        if (pauseNanos != 0 && !trying && now - until < 0) {
            return;
        }
        trying = false;
        pauseNanos = Math.min(mostNanos, Math.max(leastNanos, pauseNanos * 2));
        // Spread, or all mounts would try at the same moment.
        until = now + pauseNanos / 2 + ThreadLocalRandom.current().nextLong(pauseNanos / 2 + 1);
    }
}
