package dev.leat.meta.session;

import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Write;
import dev.leat.meta.fs.FsException;
import dev.leat.sys.Errno;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The optimistic loop: read, decide, commit; when what was read has changed meanwhile, decide again on what the failed commit
 * brought back. So a conflict costs one round trip, and there is no lock to hold or to lose.
 */
public final class Transactions {
    private static final int CONFLICTS_UNPAUSED = 3;
    private static final long FIRST_PAUSE_NANOS = 200_000;
    private static final long LONGEST_PAUSE_NANOS = 20_000_000;

    private final Reader reader;
    private final @Nullable CommitRunner commits;
    private final ValueCache cache;
    private final Duration deadline;

    /**
     * Transactions of a client.
     *
     * @param commits null for a client that only reads: then every change is EROFS
     * @param deadline how long one may go on losing races
     */
    public Transactions(Reader reader, @Nullable CommitRunner commits, ValueCache cache, Duration deadline) {
        this.reader = reader;
        this.commits = commits;
        this.cache = cache;
        this.deadline = deadline;
    }

    /** Reads without the loop. */
    public Reader reader() {
        return reader;
    }

    /** Whether nothing can be changed. */
    public boolean readOnly() {
        return commits == null;
    }

    /** Throws EROFS where nothing can be changed, EIO where the session is dead. */
    public void requireWritable() throws FsException {
        if (commits == null) {
            throw new FsException(Errno.EROFS);
        }
        commits.requireAlive();
    }

    /**
     * Does something in one commit. {@code work} may be called several times, each time with a transaction that has no checks and writes yet; what it
     * returned last is returned. An error that it throws, or a result without writes, ends the transaction, unless it was decided on remembered values: then it is called
     * once more on fresh ones.
     */
    public <T> T run(Work<T> work) throws FsException {
        return run(work, true);
    }

    /** Like {@link #run}, but nothing is taken from memory: what is read is what the engine holds. */
    public <T> T runFresh(Work<T> work) throws FsException {
        return run(work, false);
    }

    /** {@link #run} without a result. */
    public void change(Change change) throws FsException {
        run(tx -> {
            change.in(tx);
            return true;
        });
    }

    private <T> T run(Work<T> work, boolean remember) throws FsException {
        Transaction tx = new Transaction(reader, cache, remember);
        long end = System.nanoTime() + deadline.toNanos();
        try (Backoff backoff = new Backoff(end, FIRST_PAUSE_NANOS, LONGEST_PAUSE_NANOS)) {
            for (int conflicts = 0; ; ) {
                tx.restart();
                boolean decided = false;
                try {
                    T result = work.in(tx);
                    decided = true;
                    if (tx.isEmpty() ? !tx.forgetRemembered() : commit(tx)) {
                        return result;
                    }
                    if (tx.isEmpty()) {
                        continue; // No commit has checked what was remembered.
                    }
                } catch (Transaction.TornReadException e) {
                    tx.forgetAll();
                } catch (FsException e) {
                    // What a commit failed with is the end: it may have taken effect.
                    if (!decided && tx.forgetRemembered()) {
                        continue;
                    }
                    throw e;
                } catch (MetaException e) {
                    throw Failures.of(e);
                }
                if (++conflicts > CONFLICTS_UNPAUSED && !backoff.pause()) {
                    throw new FsException(
                            Errno.EIO, "lost " + conflicts + " races in a row against other changes of the same names");
                }
            }
        }
    }

    private boolean commit(Transaction tx) throws FsException {
        requireWritable();
        if (commits == null) {
            throw new FsException(Errno.EROFS);
        }
        List<Write> writes = tx.writes();
        long began = cache.committing(writes);
        CommitRunner.Outcome outcome;
        try {
            outcome = commits.run(tx.checks(), writes, tx.isDurable());
        } catch (FsException | RuntimeException e) {
            cache.undecided(writes);
            throw e;
        }
        if (outcome.failed() == null) {
            tx.applied(outcome.stamp(), began);
            return true;
        }
        cache.refused(writes);
        tx.failed(outcome.failed());
        return false;
    }

    /** Reads through a transaction and adds checks and writes to it. */
    @FunctionalInterface
    public interface Work<T> {
        /** Decides what to commit. Must do nothing else, as it may be called again. */
        T in(Transaction tx) throws FsException, MetaException;
    }

    /** {@link Work} without a result. */
    @FunctionalInterface
    public interface Change {
        /** Decides what to commit. */
        void in(Transaction tx) throws FsException, MetaException;
    }
}
