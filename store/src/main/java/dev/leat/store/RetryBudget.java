package dev.leat.store;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A bucket of retries that requests fill. When a store fails every request, retrying each ten times would send it eleven
 * times the load it just failed under; with a budget it gets a tenth more.
 */
final class RetryBudget {
    /** Seconds of floor that can be saved up for a burst of failures after a quiet time. */
    private static final int SAVED_SECONDS = 10;

    private final double share;
    private final double floorPerNs;
    private final double retriesMax;
    private final ReentrantLock lock = new ReentrantLock();
    private double retries; // guarded by lock
    private long filledNs; // guarded by lock

    RetryBudget(RetryPolicy policy, long nowNs) {
        this.share = policy.budgetShare();
        this.floorPerNs = policy.budgetFloorPerSecond() / (double) TimeUnit.SECONDS.toNanos(1);
        // A hundred retries are what a thousand requests in flight earn at 10 %.
        this.retriesMax = Math.max(100 * Math.min(1, share * 10), SAVED_SECONDS * policy.budgetFloorPerSecond());
        this.retries = (double) SAVED_SECONDS * policy.budgetFloorPerSecond();
        this.filledNs = nowNs;
    }

    /** Notes a call's first attempt. */
    void onRequest() {
        lock.lock();
        try {
            retries = Math.min(retriesMax, retries + share);
        } finally {
            lock.unlock();
        }
    }

    /** Takes one retry, if there is one. */
    boolean tryRetry(long nowNs) {
        lock.lock();
        try {
            retries = Math.min(retriesMax, retries + floorPerNs * (nowNs - filledNs));
            filledNs = nowNs;
            if (retries < 1) {
                return false;
            }
            retries--;
            return true;
        } finally {
            lock.unlock();
        }
    }
}
