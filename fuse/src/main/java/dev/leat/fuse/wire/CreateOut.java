package dev.leat.fuse.wire;

/** The answer to CREATE and TMPFILE: the new node and its open handle. */
public record CreateOut(EntryOut entry, OpenOut open) {}
