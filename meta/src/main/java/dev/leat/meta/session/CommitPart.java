package dev.leat.meta.session;

import dev.leat.meta.engine.Check;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.Prefix;
import dev.leat.meta.engine.Stamp;
import dev.leat.meta.engine.Value;
import dev.leat.meta.engine.Write;
import dev.leat.meta.fs.FsException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What one caller wants to commit, alone or in one commit with others.
 *
 * <p>Concurrency: outcome and failure are written by the thread that leads, and published by the volatile {@link #state}.
 */
final class CommitPart {
    /** How far it is. */
    enum State {
        /** In the queue. */
        WAITING,
        /** Its thread is to lead a commit. */
        LEADING,
        /** Another thread commits it. */
        TAKEN,
        /** Outcome or failure are there. */
        DONE
    }

    final List<Check> checks;
    final List<Write> writes;
    final boolean durable;
    final long deadlineNanos;
    final Thread caller = Thread.currentThread();
    volatile State state = State.WAITING;
    CommitRunner.@Nullable Outcome outcome;

    @Nullable
    FsException failure;

    CommitPart(List<Check> checks, List<Write> writes, boolean durable, long deadlineNanos) {
        this.checks = checks;
        this.writes = writes;
        this.durable = durable;
        this.deadlineNanos = deadlineNanos;
    }

    void done(CommitRunner.Outcome decided) {
        outcome = decided;
        finish();
    }

    /**
     * Ends it with an error.
     *
     * @param doubt the stamp of what may take effect all the same, or null
     */
    void failed(FsException e, @Nullable Stamp doubt) {
        // A new one for each caller: the failure is shared, stack traces must not be.
        failure = new FsException(
                e.errno(), String.valueOf(e.getMessage()), doubt == null ? e : new CommitInDoubtException(doubt, e));
        finish();
    }

    private void finish() {
        state = State.DONE;
        if (!caller.equals(Thread.currentThread())) {
            LockSupport.unpark(caller);
        }
    }

    /** What became of it. */
    CommitRunner.Outcome result() throws FsException {
        if (failure != null) {
            throw failure;
        }
        if (outcome == null) {
            throw new IllegalStateException("a commit was left undecided");
        }
        return outcome;
    }

    /** Which of the keys that failed are its own; none if others are to blame. */
    Map<Key, Optional<Value>> ownOf(Map<Key, Optional<Value>> failed) {
        Map<Key, Optional<Value>> own = new HashMap<>();
        for (Check check : checks) {
            switch (check) {
                case Check.Absent(Key key) -> take(failed, key, own);
                case Check.Exists(Key key) -> take(failed, key, own);
                case Check.At at -> take(failed, at.key(), own);
                case Check.Empty(Prefix prefix) ->
                    failed.keySet().stream().filter(prefix::covers).forEach(key -> take(failed, key, own));
            }
        }
        for (Write write : writes) {
            if (write instanceof Write.Merge merge) {
                take(failed, merge.key(), own);
            }
        }
        return own;
    }

    private static void take(Map<Key, Optional<Value>> from, Key key, Map<Key, Optional<Value>> to) {
        Optional<Value> value = from.get(key);
        if (value != null) {
            to.put(key, value);
        }
    }
}
