package dev.leat.store;

import java.util.ArrayList;
import java.util.List;

/** Time that passes only by pauses, and chance that always gives the largest number. */
final class ManualPauses implements Pauses {
    private final List<Long> pausesMs = new ArrayList<>();
    private long nowNs;

    @Override
    public synchronized long nowNs() {
        return nowNs;
    }

    @Override
    public synchronized void pause(long ns) {
        nowNs += ns;
        pausesMs.add(ns / 1_000_000);
    }

    @Override
    public long random(long bound) {
        return bound - 1;
    }

    /** All pauses so far, in milliseconds. */
    synchronized List<Long> pausesMs() {
        return List.copyOf(pausesMs);
    }

    /** Lets time pass. */
    synchronized void advance(long ns) {
        nowNs += ns;
    }
}
