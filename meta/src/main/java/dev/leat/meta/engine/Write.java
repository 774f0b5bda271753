package dev.leat.meta.engine;

/** A change that a commit makes. A commit writes each key at most once. */
public sealed interface Write {

    /** The key that is written. */
    Key key();

    /** Sets the value. */
    @SuppressWarnings("ArrayRecordComponent") // Consumed once, never compared.
    record Put(Key key, byte[] value) implements Write {}

    /** Removes the value; fine if there is none. */
    record Delete(Key key) implements Write {}

    /**
     * Adds to and raises the numbers of a {@link Cell}; an absent cell is all zeros. Merges of different commits commute, so they need no
     * check.
     *
     * @param delta numbers to add and to take the maximum with
     * @param bounds inclusive upper bound of each sum after the merge ({@link Long#MAX_VALUE} for none), as long as {@code delta.sums()} or empty for no
     *     bounds; a sum that would exceed its bound fails the commit as a check on the key does
     */
    @SuppressWarnings("ArrayRecordComponent") // Consumed once, never compared.
    record Merge(Key key, Cell delta, long[] bounds) implements Write {}
}
