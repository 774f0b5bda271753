package dev.leat.cache;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Decides when bytes that lie in a full cache may give way to new ones.
 *
 * <p>Training reads a data set over and over, each byte once per epoch. If the set is larger than the cache, LRU evicts
 * every byte shortly before it is wanted again and hits next to nothing; keeping whatever is there hits the share that
 * fits, and no policy can do better for a shuffled order. A mixed workload on the other hand wants old bytes gone. The
 * two differ in how long bytes lie between two uses, so that is what is measured: a running mean of <em>reuse
 * intervals</em>, in bytes served, from hits and, through a table of ghosts, from misses on what was held or passed by
 * before. A unit is <em>stale</em>, and may be evicted for new bytes, when it has lain unused for three times that mean:
 * within one shuffled epoch after another no interval exceeds twice the epoch. Uses closer than a sixteenth of the
 * capacity are one visit and tell nothing. The bound is never below the capacity itself (with no reuse seen at all this
 * is FIFO) nor above 24 times the capacity (so that bytes of a finished job go).
 */
final class ReusePolicy {
    /** The clock's unit: 64 KiB served, so that 32 bits last for 128 TiB between two uses. */
    static final int TICK_SHIFT = 16;

    private static final int GHOSTS_MIN = 1024;
    private static final int FACTOR = 3;
    private static final int BOUND_MAX = 24;

    private final long capacityTicks;
    private final AtomicLongArray ghosts;
    private volatile double meanTicks;

    ReusePolicy(long capacityBytes) {
        capacityTicks = Math.max(1, capacityBytes >> TICK_SHIFT);
        meanTicks = capacityTicks / (double) FACTOR;
        long blocks = capacityBytes >> Geometry.BLOCK_SHIFT;
        ghosts = new AtomicLongArray((int) Math.max(
                GHOSTS_MIN, Math.min(1 << 22, Long.highestOneBit(Math.max(1, blocks)) * 4)));
    }

    /** Unused for longer than this many ticks is stale. */
    long staleTicks() {
        long bound = (long) (meanTicks * FACTOR);
        return Math.max(capacityTicks, Math.min(bound, capacityTicks * BOUND_MAX));
    }

    /** A unit was used again; races lose a sample at worst. */
    void reused(int intervalTicks) {
        if (intervalTicks > 0 && intervalTicks >= capacityTicks / 16) {
            double mean = meanTicks;
            meanTicks = mean + (intervalTicks - mean) / 64;
        }
    }

    /** A unit that is not there was asked for. */
    void missed(long key, int now) {
        int index = index(key);
        long ghost = ghosts.get(index);
        if ((int) (ghost >>> 32) == tag(key)) {
            reused(now - (int) ghost);
        }
        ghosts.set(index, (long) tag(key) << 32 | (now & 0xffffffffL));
    }

    /** A unit was evicted, last used at {@code touched}. */
    void evicted(long key, int touched) {
        ghosts.set(index(key), (long) tag(key) << 32 | (touched & 0xffffffffL));
    }

    static long key(long session, long sequence, int block) {
        long h = (session ^ Long.rotateLeft(sequence, 31)) * 0x9E3779B97F4A7C15L + block;
        h = (h ^ h >>> 30) * 0xBF58476D1CE4E5B9L;
        return h ^ h >>> 27;
    }

    private int index(long key) {
        return (int) key & (ghosts.length() - 1);
    }

    private static int tag(long key) {
        return (int) (key >>> 32) | 1;
    }
}
