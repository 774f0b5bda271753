package dev.leat.store;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** Time and chance, as a decorator sees them; a test puts its own in their place. */
interface Pauses {
    /** The machine's. */
    Pauses REAL = new Pauses() {
        @Override
        public long nowNs() {
            return System.nanoTime();
        }

        @Override
        public void pause(long ns) throws InterruptedException {
            TimeUnit.NANOSECONDS.sleep(ns);
        }

        @Override
        public long random(long bound) {
            return ThreadLocalRandom.current().nextLong(bound);
        }
    };

    /** Monotonic time in nanoseconds. */
    long nowNs();

    /** Waits. */
    void pause(long ns) throws InterruptedException;

    /** A random number from 0 to {@code bound} exclusive. */
    long random(long bound);
}
