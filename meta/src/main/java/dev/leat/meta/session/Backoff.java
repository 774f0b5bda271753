package dev.leat.meta.session;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/** Waits between tries, longer and longer with jitter, until a deadline. Interrupts are kept for later: an exactly-once commit is seen through. */
final class Backoff implements AutoCloseable {
    private final long deadlineNanos;
    private final long maxNanos;
    private long nextNanos;
    private boolean interrupted;

    Backoff(long deadlineNanos, long firstNanos, long maxNanos) {
        this.deadlineNanos = deadlineNanos;
        this.nextNanos = firstNanos;
        this.maxNanos = maxNanos;
    }

    /** Waits, unless the deadline has passed: then answers false. */
    boolean pause() {
        interrupted |= Thread.interrupted();
        long left = deadlineNanos - System.nanoTime();
        if (left <= 0) {
            return false;
        }
        long end = System.nanoTime()
                + Math.min(left, nextNanos / 2 + ThreadLocalRandom.current().nextLong(nextNanos / 2 + 1));
        for (long rest = end - System.nanoTime(); rest > 0; rest = end - System.nanoTime()) {
            LockSupport.parkNanos(this, rest);
            interrupted |= Thread.interrupted();
        }
        nextNanos = Math.min(maxNanos, nextNanos * 2);
        return true;
    }

    /** Gives a kept interrupt back to the thread. */
    @Override
    public void close() {
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
