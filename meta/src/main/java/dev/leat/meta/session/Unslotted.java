package dev.leat.meta.session;

import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.CommitResult;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import dev.leat.meta.fs.FsException;
import java.time.Duration;

/** Commits without a slot, whose own checks make them idempotent: sent until they are decided. */
public final class Unslotted {
    private static final long FIRST_PAUSE_NANOS = 5_000_000;
    private static final long LONGEST_PAUSE_NANOS = 1_000_000_000;

    private Unslotted() {}

    /** Sends a commit until it is decided or the deadline passes; an earlier copy may be why it fails. */
    public static CommitResult commit(MetaEngine engine, Commit commit, Duration deadline) throws FsException {
        try (Backoff backoff =
                new Backoff(System.nanoTime() + deadline.toNanos(), FIRST_PAUSE_NANOS, LONGEST_PAUSE_NANOS)) {
            while (true) {
                try {
                    return engine.commit(commit);
                } catch (MetaException e) {
                    if (e.kind() != Kind.UNAVAILABLE) {
                        throw Failures.of(e);
                    }
                    if (!backoff.pause()) {
                        throw Failures.late("a change of metadata", e);
                    }
                }
            }
        }
    }
}
