package dev.leat.meta.engine;

import dev.leat.meta.engine.CommitRules.SlotVerdict;
import dev.leat.meta.engine.MetaException.Kind;
import java.nio.BufferUnderflowException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a commit comes to on a given state: for the engines that decide in this process while they hold the only right to
 * write. All checks and bounds are looked at before anything is written.
 *
 * @param result the answer to the caller
 * @param changes what to write for it, the slot included; empty unless the commit takes effect now
 */
public record CommitPlan(CommitResult result, List<Change> changes) {

    /**
     * One key to write.
     *
     * @param key where
     * @param value the new content, null to remove the key
     */
    @SuppressWarnings("ArrayRecordComponent") // Consumed once, never compared.
    public record Change(Key key, byte @Nullable [] value) {}

    /** The state that a commit meets. */
    public interface State {
        /** The value at a key, null if there is none. */
        @Nullable
        Value get(Key key) throws MetaException;

        /** Some key that starts with a prefix, with its value; null if there is none. */
        Map.@Nullable Entry<Key, Value> any(Prefix prefix) throws MetaException;
    }

    /** Whether the commit takes effect now. */
    public boolean applies() {
        return !changes.isEmpty();
    }

    /**
     * Decides a commit that {@link CommitRules#validate} passed.
     *
     * @throws MetaException of kind INVALID when the slot was used out of turn, CORRUPT when a cell or slot is none
     */
    public static CommitPlan decide(Commit commit, State state) throws MetaException {
        List<Change> changes = new ArrayList<>(commit.writes().size() + 1);
        Commit.Slot slot = commit.slot();
        if (slot != null) {
            Value row = state.get(slot.key());
            SlotVerdict verdict = CommitRules.slotVerdict(commit, row == null ? null : row.bytes());
            switch (verdict) {
                case APPLIED -> {
                    return new CommitPlan(CommitResult.APPLIED, List.of());
                }
                case FENCED -> {
                    return new CommitPlan(CommitResult.FENCED, List.of());
                }
                case TURN -> changes.add(new Change(slot.key(), CommitRules.slotRow(commit, slot)));
            }
        }
        Map<Key, Optional<Value>> failed = new LinkedHashMap<>();
        for (Check check : commit.checks()) {
            check(check, state, failed);
        }
        for (Write write : commit.writes()) {
            changes.add(
                    switch (write) {
                        case Write.Put put -> new Change(put.key(), put.value());
                        case Write.Delete delete -> new Change(delete.key(), null);
                        case Write.Merge merge -> new Change(merge.key(), merged(merge, state, failed));
                    });
        }
        if (!failed.isEmpty()) {
            return new CommitPlan(new CommitResult.Failed(failed), List.of());
        }
        return new CommitPlan(CommitResult.APPLIED, changes);
    }

    private static void check(Check check, State state, Map<Key, Optional<Value>> failed) throws MetaException {
        switch (check) {
            case Check.Absent absent -> {
                Value value = state.get(absent.key());
                if (value != null) {
                    failed.put(absent.key(), Optional.of(value));
                }
            }
            case Check.Exists exists -> {
                if (state.get(exists.key()) == null) {
                    failed.put(exists.key(), Optional.empty());
                }
            }
            case Check.At at -> {
                Value value = state.get(at.key());
                if (value == null || !value.stamp().equals(at.stamp())) {
                    failed.put(at.key(), Optional.ofNullable(value));
                }
            }
            case Check.Empty empty -> {
                Map.Entry<Key, Value> entry = state.any(empty.prefix());
                if (entry != null) {
                    failed.put(entry.getKey(), Optional.of(entry.getValue()));
                }
            }
        }
    }

    private static byte[] merged(Write.Merge merge, State state, Map<Key, Optional<Value>> failed)
            throws MetaException {
        Value value = state.get(merge.key());
        Cell delta = merge.delta();
        Cell before;
        try {
            before = value == null ? new Cell(new long[0], new long[0]) : Cell.decode(value.bytes());
        } catch (BufferUnderflowException e) {
            throw new MetaException(Kind.CORRUPT, "the value at " + merge.key() + " is no cell of numbers", e);
        }
        Cell after = before.merge(delta);
        for (int i = 0; i < merge.bounds().length; i++) {
            long old = i < before.sums().length ? before.sums()[i] : 0;
            boolean overflow = delta.sums()[i] > 0 && after.sums()[i] < old;
            if (overflow || after.sums()[i] > merge.bounds()[i]) {
                failed.put(merge.key(), Optional.ofNullable(value));
            }
        }
        return after.encode();
    }
}
