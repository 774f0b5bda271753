package dev.leat.cache;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets a file be closed only when no reader can still be using its descriptor: the number of a closed descriptor is used
 * anew at once, and a read from whatever gets it could take bytes from a pipe or a device.
 *
 * <p>A reader counts itself in and out of the current phase, on one of many counters a cache line apart; it never waits.
 * {@link #synchronize} turns the phase over and waits until the old phase has drained, twice, so that a reader that read
 * the phase just before the turn is waited for as well.
 */
final class ReaderEpochs {
    private static final int STRIPES = 64;
    private static final int PAD = 16;

    private final AtomicIntegerArray counts = new AtomicIntegerArray(2 * STRIPES * PAD);
    private final AtomicLong phase = new AtomicLong();
    private final ReentrantLock turning = new ReentrantLock();

    /** Counts a reader in; the result goes to {@link #exit}. */
    int enter() {
        int stripe = (int) Thread.currentThread().threadId() & (STRIPES - 1);
        int index = (int) ((phase.get() & 1) * STRIPES + stripe) * PAD;
        counts.getAndIncrement(index);
        return index;
    }

    void exit(int index) {
        counts.getAndDecrement(index);
    }

    /** Waits until every reader that was inside when it was called is out. */
    void synchronize() {
        turning.lock();
        try {
            for (int turn = 0; turn < 2; turn++) {
                int old = (int) (phase.getAndIncrement() & 1);
                for (int stripe = 0; stripe < STRIPES; stripe++) {
                    while (counts.get((old * STRIPES + stripe) * PAD) != 0) {
                        LockSupport.parkNanos(50_000);
                    }
                }
            }
        } finally {
            turning.unlock();
        }
    }
}
