package dev.leat.meta.session;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes one commit of what several threads want committed while others are on their way: then they share its slot, its event in the feed, the
 * checks of their directory and the additions to its cells.
 *
 * <p>Concurrency: a caller that finds fewer commits on their way than there may be leads at once, with its own part; so a single thread pays no
 * hand-over. Others queue; whoever ends hands its place to the first of them, who takes along what agrees with it. No thread is the queue's own.
 */
final class CommitQueue {
    /** How far behind the first one it is looked for parts that can go along. */
    private static final int LOOK_MAX = 64;

    private final int underWayMax;
    private final Consumer<CommitUnion> committer;
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<CommitPart> waiting = new ArrayDeque<>();
    private int underWay;

    /**
     * A queue.
     *
     * @param underWayMax most commits at a time
     * @param committer commits, and gives every part its outcome or failure
     */
    CommitQueue(int underWayMax, Consumer<CommitUnion> committer) {
        this.underWayMax = underWayMax;
        this.committer = committer;
    }

    /** Returns when the part is done; false if it did not begin before its deadline. */
    boolean commit(CommitPart part) {
        lock.lock();
        try {
            if (underWay < underWayMax) {
                underWay++;
                part.state = CommitPart.State.LEADING;
            } else {
                waiting.add(part);
            }
        } finally {
            lock.unlock();
        }
        if (!await(part)) {
            return false;
        }
        if (part.state == CommitPart.State.LEADING) {
            letOthersQueue();
            CommitUnion union = gather(part);
            try {
                committer.accept(union);
            } finally {
                handOver();
            }
        }
        return true;
    }

    /** Where cores are free this returns at once; where they are not, whoever is about to commit gets to the queue first. */
    @SuppressWarnings("ThreadPriorityCheck") // Nothing but speed relies on the scheduler.
    private static void letOthersQueue() {
        Thread.yield();
    }

    private boolean await(CommitPart part) {
        boolean interrupted = false;
        try {
            while (true) {
                CommitPart.State state = part.state;
                if (state == CommitPart.State.DONE || state == CommitPart.State.LEADING) {
                    return true;
                }
                long left = part.deadlineNanos - System.nanoTime();
                if (left > 0) {
                    LockSupport.parkNanos(this, left);
                } else if (state == CommitPart.State.WAITING && withdraw(part)) {
                    return false;
                } else {
                    // Whoever took it ends it by the deadline of a commit.
                    LockSupport.park(this);
                }
                interrupted |= Thread.interrupted();
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean withdraw(CommitPart part) {
        lock.lock();
        try {
            return waiting.remove(part);
        } finally {
            lock.unlock();
        }
    }

    private CommitUnion gather(CommitPart first) {
        CommitUnion union = new CommitUnion(first);
        lock.lock();
        try {
            Iterator<CommitPart> parts = waiting.iterator();
            for (int i = 0; i < LOOK_MAX && parts.hasNext(); i++) {
                CommitPart part = parts.next();
                if (union.add(part)) {
                    parts.remove();
                    part.state = CommitPart.State.TAKEN;
                }
            }
        } finally {
            lock.unlock();
        }
        return union;
    }

    private void handOver() {
        @Nullable CommitPart next;
        lock.lock();
        try {
            next = waiting.poll();
            if (next == null) {
                underWay--;
            } else {
                next.state = CommitPart.State.LEADING;
            }
        } finally {
            lock.unlock();
        }
        if (next != null) {
            LockSupport.unpark(next.caller);
        }
    }
}
