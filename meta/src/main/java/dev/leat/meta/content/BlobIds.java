package dev.leat.meta.content;

import dev.leat.meta.fs.BlobLease;
import dev.leat.store.BlobId;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Gives out the blob ids of a session, and knows the lowest one whose lease is still open: the session's low-water sequence. Whatever has a
 * lower sequence and is referenced by nothing is garbage.
 *
 * <p>Concurrency: one lock; all methods are short.
 */
public final class BlobIds {
    private final long session;
    private final TreeSet<Long> open = new TreeSet<>();
    private long next;

    /**
     * The ids of a session that has given out none.
     *
     * @param session its 64 random bits, not 0
     */
    public BlobIds(long session) {
        this(session, 0);
    }

    /**
     * The ids of a session that gives out higher ones than {@code last}, which no process before this one did.
     *
     * @param session its 64 random bits, not 0
     */
    public BlobIds(long session, long last) {
        if (session == 0) {
            throw new IllegalArgumentException("no session has the id 0");
        }
        this.session = session;
        this.next = last + 1;
    }

    /** The next id, in the making until the lease is closed. */
    public synchronized BlobLease lease() {
        BlobId id = new BlobId(session, next++);
        open.add(id.sequence());
        return new Lease(this, id);
    }

    /** Every id of this session with a lower sequence is referenced, or never will be. */
    public synchronized long lowWater() {
        return open.isEmpty() ? next : open.first();
    }

    /** The session whose ids these are. */
    public long session() {
        return session;
    }

    private synchronized void release(BlobId id) {
        open.remove(id.sequence());
    }

    /** One id in the making. */
    private record Lease(BlobIds ids, BlobId id, AtomicBoolean closed) implements BlobLease {
        Lease(BlobIds ids, BlobId id) {
            this(ids, id, new AtomicBoolean());
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                ids.release(id);
            }
        }
    }
}
