package dev.leat.sys;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Waits for a time. A bare park may return at once, and does where an earlier call of the same thread was woken after it had already seen what it waited
 * for: that leaves a permit behind. A loop that relies on it spins.
 */
public final class Pause {
    private Pause() {}

    /** Waits for {@code nanos} nanoseconds. An interrupt does not end it, and is there afterwards. */
    public static void nanos(long nanos) {
        nanos(nanos, () -> false);
    }

    /** Waits for {@code nanos} nanoseconds, or until {@code ended} holds: whoever makes it hold unparks the thread. */
    public static void nanos(long nanos, BooleanSupplier ended) {
        long end = System.nanoTime() + nanos;
        boolean interrupted = false;
        for (long left = nanos; left > 0 && !ended.getAsBoolean(); left = end - System.nanoTime()) {
            LockSupport.parkNanos(ended, left);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
