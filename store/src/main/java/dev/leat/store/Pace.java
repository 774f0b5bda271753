package dev.leat.store;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Spreads requests or bytes over time. Each caller is given the next free moment and moves it by what it takes, so callers
 * go in the order they came and a large one does not push in before small ones.
 */
final class Pace {
    /** An idle time of this length may be caught up on, so that pauses between requests do not cost throughput. */
    private static final long SAVED_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final long perSecond;
    private final Pauses pauses;
    private final ReentrantLock lock = new ReentrantLock();
    private long freeNs; // guarded by lock: when everything taken so far will have been paid for

    /** @param perSecond units per second; 0 for no limit */
    Pace(long perSecond, Pauses pauses) {
        this.perSecond = perSecond;
        this.pauses = pauses;
        this.freeNs = pauses.nowNs();
    }

    /** Waits for the turn of a request of {@code units}. */
    void take(long units) throws InterruptedException {
        if (perSecond == 0 || units == 0) {
            return;
        }
        long nowNs = pauses.nowNs();
        long turnNs;
        lock.lock();
        try {
            turnNs = Math.max(freeNs, nowNs - SAVED_NS);
            freeNs = turnNs + (long) ((double) units / perSecond * TimeUnit.SECONDS.toNanos(1));
        } finally {
            lock.unlock();
        }
        if (turnNs > nowNs) {
            pauses.pause(turnNs - nowNs);
        }
    }
}
