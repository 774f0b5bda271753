package dev.leat.meta.engine;

/** A condition of a commit, true at the one instant at which the commit takes effect. */
public sealed interface Check {

    /** There is no value at the key. */
    record Absent(Key key) implements Check {}

    /** There is a value at the key. */
    record Exists(Key key) implements Check {}

    /** The value at the key was written by this commit. */
    record At(Key key, Stamp stamp) implements Check {}

    /** No key of the partition starts with the prefix. Sound only beside an exclusive check on a key that every insert under the prefix checks too. */
    record Empty(Prefix prefix) implements Check {}
}
