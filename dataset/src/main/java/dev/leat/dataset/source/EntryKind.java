package dev.leat.dataset.source;

/** What a name stands for. */
public enum EntryKind {
    /** Bytes that can be read. */
    FILE,
    /** Other names. */
    DIRECTORY,
    /** A symbolic link, shown as one. */
    LINK
}
