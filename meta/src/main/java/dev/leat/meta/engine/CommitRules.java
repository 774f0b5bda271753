package dev.leat.meta.engine;

import dev.leat.meta.engine.MetaException.Kind;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The parts of the contract that are the same for every engine: the limits, what a slot says, what the feed tells. */
public final class CommitRules {
    /** The partition of sessions, heartbeats and slots, of which the feed says nothing. */
    public static final Bytes SESSIONS = Bytes.of("S");

    /** Most bytes of a key's partition and name together: fits the index entry of every engine. */
    public static final int KEY_BYTES_MAX = 512;

    /** Most keys that the prefixes of one {@link MetaEngine#get} may cover. */
    public static final int PREFIX_KEYS_MAX = 1_000;

    /** Longest page of {@link MetaEngine#scan} and {@link MetaEngine#feed}. */
    public static final int PAGE_MAX = 10_000;

    /** Most numbers of one kind in a {@link Cell}: its count is one byte. */
    private static final int CELL_NUMBERS_MAX = 255;

    private CommitRules() {}

    /** What the row of a commit's slot says about the commit. */
    public enum SlotVerdict {
        /** It is this commit's turn. */
        TURN,
        /** This very commit was applied before; its reply was lost. */
        APPLIED,
        /** The row is gone. */
        FENCED
    }

    /**
     * Checks everything about a commit that can be told without the store.
     *
     * @throws MetaException of kind INVALID
     */
    public static void validate(Commit commit) throws MetaException {
        int operations = commit.checks().size() + commit.writes().size();
        if (operations > Commit.OPERATIONS_MAX) {
            throw invalid("a commit of " + operations + " checks and writes is over the limit of "
                    + Commit.OPERATIONS_MAX + "; split it");
        }
        Set<Key> written = new HashSet<>();
        if (commit.slot() != null) {
            validate(commit.slot().key());
            if (commit.slot().sequence() < 1) {
                throw invalid("slot sequences start at 1, not " + commit.slot().sequence());
            }
            written.add(commit.slot().key());
        }
        for (Check check : commit.checks()) {
            switch (check) {
                case Check.Absent absent -> validate(absent.key());
                case Check.Exists exists -> validate(exists.key());
                case Check.At at -> validate(at.key());
                case Check.Empty empty ->
                    validate(new Key(empty.prefix().partition(), empty.prefix().start()));
            }
        }
        long bytes = 0;
        for (Write write : commit.writes()) {
            validate(write.key());
            if (!written.add(write.key())) {
                throw invalid("a commit writes the key " + write.key() + " twice");
            }
            bytes += validate(write);
        }
        if (bytes > Commit.VALUES_BYTES_MAX) {
            throw invalid("a commit with values of " + bytes + " bytes is over the limit of " + Commit.VALUES_BYTES_MAX
                    + " bytes; split it");
        }
    }

    private static int validate(Write write) throws MetaException {
        return switch (write) {
            case Write.Put put -> put.value().length;
            case Write.Delete delete -> 0;
            case Write.Merge merge -> {
                Key key = merge.key();
                int sums = merge.delta().sums().length;
                int maxima = merge.delta().maxima().length;
                if (sums > CELL_NUMBERS_MAX || maxima > CELL_NUMBERS_MAX) {
                    throw invalid("a merge into " + key + " has more than " + CELL_NUMBERS_MAX + " numbers");
                }
                if (merge.bounds().length != 0 && merge.bounds().length != sums) {
                    throw invalid(
                            "a merge into " + key + " has " + merge.bounds().length + " bounds for " + sums + " sums");
                }
                for (long maximum : merge.delta().maxima()) {
                    if (maximum < 0) {
                        throw invalid("a merge into " + key + " has the negative maximum " + maximum);
                    }
                }
                yield 2 + 8 * (sums + maxima);
            }
        };
    }

    /**
     * Checks the length of a key.
     *
     * @throws MetaException of kind INVALID
     */
    public static void validate(Key key) throws MetaException {
        int bytes = key.partition().length() + key.name().length();
        if (bytes > KEY_BYTES_MAX) {
            throw invalid("a key of " + bytes + " bytes is over the limit of " + KEY_BYTES_MAX + " bytes");
        }
    }

    /**
     * Checks the length of a page.
     *
     * @throws MetaException of kind INVALID
     */
    public static void validatePage(int limit) throws MetaException {
        if (limit < 1 || limit > PAGE_MAX) {
            throw invalid("a page of " + limit + " entries is out of the range 1 to " + PAGE_MAX);
        }
    }

    /** The refusal of a {@link MetaEngine#get} whose prefixes cover too many keys. */
    public static MetaException prefixesTooWide() {
        return invalid("the prefixes of one get cover more than " + PREFIX_KEYS_MAX + " keys; scan them in pages");
    }

    /**
     * Reads what is at a commit's slot.
     *
     * @param commit a commit with a slot
     * @param row the value at the slot's key, null if there is none
     * @throws MetaException of kind INVALID when the slot was used out of turn, CORRUPT when the row is no slot
     */
    public static SlotVerdict slotVerdict(Commit commit, byte @Nullable [] row) throws MetaException {
        Commit.Slot slot = commit.slot();
        if (slot == null) {
            return SlotVerdict.TURN;
        }
        if (row == null) {
            return SlotVerdict.FENCED;
        }
        if (row.length != 2 * Long.BYTES) {
            throw new MetaException(
                    Kind.CORRUPT, "the slot at " + slot.key() + " has " + row.length + " bytes instead of 16");
        }
        long last = ByteBuffer.wrap(row).getLong(0);
        if (last == slot.sequence() - 1) {
            return SlotVerdict.TURN;
        }
        if (last == slot.sequence()
                && ByteBuffer.wrap(row).getLong(Long.BYTES) == commit.stamp().sequence()) {
            return SlotVerdict.APPLIED;
        }
        throw outOfTurn(slot, last);
    }

    /** The refusal of a commit whose slot was last used by the commit {@code last}. */
    public static MetaException outOfTurn(Commit.Slot slot, long last) {
        return invalid("the slot at " + slot.key() + " is at sequence " + last + ", so a commit of sequence "
                + slot.sequence() + " is out of turn");
    }

    /** What a commit writes to its slot. */
    public static byte[] slotRow(Commit commit, Commit.Slot slot) {
        return slotRow(slot.sequence(), commit.stamp().sequence());
    }

    /** A slot's row: the sequence of the last commit through it, and that commit's stamp sequence; 0 and 0 for a new one. */
    public static byte[] slotRow(long sequence, long stampSequence) {
        return ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(sequence)
                .putLong(stampSequence)
                .array();
    }

    /** The keys that a commit's event in the feed names, in the order of its writes; with none there is no event. */
    public static List<Key> feedKeys(Commit commit) {
        List<Key> keys = new ArrayList<>(commit.writes().size());
        for (Write write : commit.writes()) {
            if (!write.key().partition().equals(SESSIONS)) {
                keys.add(write.key());
            }
        }
        return keys;
    }

    private static MetaException invalid(String message) {
        return new MetaException(Kind.INVALID, message);
    }
}
