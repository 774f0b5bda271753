package dev.leat.meta.session;

import dev.leat.sys.Pause;
import java.util.concurrent.ThreadLocalRandom;

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
        Pause.nanos(Math.min(left, nextNanos / 2 + ThreadLocalRandom.current().nextLong(nextNanos / 2 + 1)));
        interrupted |= Thread.interrupted();
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
