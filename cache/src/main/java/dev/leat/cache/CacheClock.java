package dev.leat.cache;

/** The clock of eviction: bytes served, in ticks of 64 KiB. It stands still while nobody reads. */
final class CacheClock {
    private final CacheStats stats;
    private volatile int now;

    CacheClock(CacheStats stats) {
        this.stats = stats;
    }

    /** The tick of the last {@link #advance}. */
    int now() {
        return now;
    }

    /** Reads the counters; called ten times a second and at every fill. */
    void advance() {
        now = (int) (stats.servedBytes() >> ReusePolicy.TICK_SHIFT);
    }
}
