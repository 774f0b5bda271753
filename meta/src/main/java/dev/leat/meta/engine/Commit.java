package dev.leat.meta.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Checks and writes that happen together or not at all.
 *
 * @param slot the slot that makes it happen exactly once, or null for a commit that its own checks make idempotent (such
 *     as claiming a session)
 * @param stamp given to every value it writes; new for each commit, kept when the same commit is sent again
 * @param checks at most 100 together with {@code writes}; all of them, and all bounds of merges, are looked at on the state
 *     before the writes
 * @param writes each key at most once and none of them the slot's, values together at most 1 MiB
 * @param durable whether it must survive power loss before it is acknowledged; otherwise it becomes durable within
 *     seconds or at the next durable commit or {@link MetaEngine#sync}, whichever is first, and never out of order
 */
public record Commit(@Nullable Slot slot, Stamp stamp, List<Check> checks, List<Write> writes, boolean durable) {

    /** Most checks and writes of one commit. */
    public static final int OPERATIONS_MAX = 100;

    /** Largest sum of the values of one commit, in bytes. */
    public static final int VALUES_BYTES_MAX = 1 << 20;

    /**
     * The use of a session's slot, as in NFSv4.1: the value at {@code key} is the sequence number of the last commit that was applied
     * through it (big-endian i64), followed by that commit's stamp sequence (big-endian i64). A commit needs {@code sequence − 1} there
     * and writes {@code sequence}: a fence (the row is gone: the session is dead), a duplicate guard (the row has {@code sequence} already: this
     * commit was applied and its reply lost) and a check of the lease in one write to the session's own row. A row with {@code sequence} and the
     * stamp sequence of another commit, or with any other number, means that the slot was used out of turn. The slot is looked at before the
     * checks. A session makes its slots by putting {@link CommitRules#slotRow(long, long) a row} of two zeros.
     *
     * @param key where the slot lies
     * @param sequence one more than the last applied commit's
     */
    public record Slot(Key key, long sequence) {}
}
