package dev.leat.meta.session;

import dev.leat.meta.engine.Commit;
import dev.leat.meta.record.Keys;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The slots of a session: each carries one commit at a time. One is set aside for the heartbeat, so that it never waits behind
 * the others.
 */
final class SlotPool {
    /** Commits that a session can have in flight; more gain nothing, as engines commit one after the other. */
    static final int SLOTS = 32;

    private final BlockingQueue<Slot> free = new ArrayBlockingQueue<>(SLOTS);
    private final Queue<Slot> doubtful = new ConcurrentLinkedQueue<>();
    private final Slot heartbeat;

    SlotPool(int session) {
        heartbeat = new Slot(session, 0);
        for (int i = 1; i < SLOTS; i++) {
            free.add(new Slot(session, i));
        }
    }

    Slot heartbeat() {
        return heartbeat;
    }

    /** All slots, of which none is in use yet. */
    List<Slot> all() {
        List<Slot> all = new ArrayList<>(free);
        all.add(heartbeat);
        return all;
    }

    /** Takes a free slot; null if there was none in time. */
    @Nullable
    Slot take(long waitNanos) {
        boolean interrupted = false;
        long end = System.nanoTime() + waitNanos;
        try {
            while (true) {
                try {
                    return free.poll(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Gives a slot back; one with a commit in doubt is kept aside. */
    void release(Slot slot) {
        if (slot == heartbeat) {
            return;
        }
        if (slot.doubt == null) {
            free.add(slot);
        } else {
            doubtful.add(slot);
        }
    }

    /** Takes a slot whose last commit nobody knows the outcome of; null if there is none. */
    @Nullable
    Slot takeDoubtful() {
        return doubtful.poll();
    }

    /** Whether the outcome of any commit is unknown. */
    boolean anyDoubt() {
        return !doubtful.isEmpty() || heartbeat.doubt != null;
    }

    /** One slot; used by one thread at a time. */
    static final class Slot {
        private final int session;
        private final int index;

        /** Sequence of the last commit that was applied through it. */
        long sequence;

        /** A commit that may or may not be applied one day, null if there is none. */
        @Nullable
        Commit doubt;

        private Slot(int session, int index) {
            this.session = session;
            this.index = index;
        }

        Commit.Slot next() {
            return new Commit.Slot(Keys.slot(session, index), sequence + 1);
        }
    }
}
