package dev.leat.meta.engine;

import dev.leat.meta.engine.MetaException.Kind;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A session with one slot, for tests: numbers its commits and sends again what is in doubt. For one thread at a time, like a
 * slot.
 */
public final class TestSession {
    /** Sends of one commit before a test gives up: enough for a server's restart of some seconds. */
    private static final int TRIES_MAX = 10_000;

    private final MetaEngine engine;
    private final long id = ThreadLocalRandom.current().nextLong();
    private final Key slot;
    private final AtomicLong stamps = new AtomicLong();
    private long sequence;

    /** Claims a session on {@code engine}. */
    public TestSession(MetaEngine engine) throws MetaException {
        this.engine = engine;
        this.slot = new Key(
                CommitRules.SESSIONS,
                Bytes.wrap(ByteBuffer.allocate(10)
                        .put((byte) 't')
                        .putLong(id)
                        .put((byte) 0)
                        .array()));
        Commit claim = new Commit(
                null,
                stamp(),
                List.of(new Check.Absent(slot)),
                List.of(new Write.Put(slot, CommitRules.slotRow(0, 0))),
                false);
        if (send(claim) instanceof CommitResult.Failed failed) {
            Value there = failed.now(slot);
            if (there == null || !there.stamp().equals(claim.stamp())) {
                throw new AssertionError("the random session id is taken: " + failed);
            }
        }
    }

    /** The session's id, as in its stamps. */
    public long id() {
        return id;
    }

    /** Where its slot lies. */
    public Key slot() {
        return slot;
    }

    /** A stamp that no commit had before. */
    public Stamp stamp() {
        return new Stamp(id, stamps.incrementAndGet());
    }

    /** The next commit through the slot, not sent. */
    public Commit next(List<Check> checks, List<Write> writes) {
        return new Commit(new Commit.Slot(slot, sequence + 1), stamp(), checks, writes, false);
    }

    /** Sends a commit until it is decided. */
    public CommitResult send(Commit commit) throws MetaException {
        for (int i = 1; ; i++) {
            try {
                CommitResult result = engine.commit(commit);
                if (result instanceof CommitResult.Applied && commit.slot() != null) {
                    sequence = Math.max(sequence, commit.slot().sequence());
                }
                return result;
            } catch (MetaException e) {
                if (e.kind() != Kind.UNAVAILABLE || i == TRIES_MAX) {
                    throw e;
                }
                java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
            }
        }
    }

    /** Makes and sends the next commit. */
    public CommitResult commit(List<Check> checks, List<Write> writes) throws MetaException {
        return send(next(checks, writes));
    }

    /** Writes without checks. */
    public void write(Write... writes) throws MetaException {
        CommitResult result = commit(List.of(), List.of(writes));
        if (!(result instanceof CommitResult.Applied)) {
            throw new AssertionError("refused: " + result);
        }
    }
}
