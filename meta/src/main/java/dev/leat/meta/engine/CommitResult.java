package dev.leat.meta.engine;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What became of a commit. A lost reply is not among these: the same commit is sent again, and the slot tells. */
public sealed interface CommitResult {

    /** It took effect, now or when it was sent before. */
    record Applied() implements CommitResult {}

    /**
     * A check did not hold (or a bound of a merge), nothing was written and the slot is unchanged.
     *
     * @param current for every key of a failed check or merge its value now; for a failed {@link Check.Empty} one key that is there
     */
    record Failed(Map<Key, Optional<Value>> current) implements CommitResult {
        /** The value that is at {@code key} now; null if there is none, or the key is not among those that failed. */
        public @Nullable Value now(Key key) {
            Optional<Value> value = current.get(key);
            return value == null ? null : value.orElse(null);
        }
    }

    /** The session's slot is gone: the session was declared dead and can commit nothing more. */
    record Fenced() implements CommitResult {}

    /** It took effect. */
    CommitResult APPLIED = new Applied();

    /** The session is dead. */
    CommitResult FENCED = new Fenced();
}
