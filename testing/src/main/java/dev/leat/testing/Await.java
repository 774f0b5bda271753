package dev.leat.testing;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waits for what happens in the background. */
public final class Await {
    /** Far longer than anything takes on a machine that others use too. */
    private static final Duration LONGEST = Duration.ofMinutes(1);

    /** Often enough for a test, and leaves the processor to what is waited for. */
    private static final long POLL_NANOS = 2_000_000;

    private Await() {}

    /** What is waited for. */
    @FunctionalInterface
    public interface Condition {
        /** Whether it is so. */
        boolean holds() throws Exception;
    }

    /** Returns when a condition holds, and fails the test when it does not within a minute. */
    public static void until(String what, Condition condition) throws Exception {
        long end = System.nanoTime() + LONGEST.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("waited in vain until " + what);
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }
}
