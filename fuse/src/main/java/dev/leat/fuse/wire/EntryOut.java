package dev.leat.fuse.wire;

import org.jspecify.annotations.Nullable;

/**
 * The answer to a request that finds or makes a node.
 *
 * @param nodeid the node; 0 says "no such name", to be remembered for {@code entryTtlNanos}
 * @param generation with the node id unique for the life of the file system
 * @param entryTtlNanos how long the kernel may use the name without asking
 * @param attrTtlNanos how long it may use the attributes
 * @param attr null only when {@code nodeid} is 0
 */
public record EntryOut(
        long nodeid,
        long generation,
        long entryTtlNanos,
        long attrTtlNanos,
        @Nullable Attr attr) {
    /** "No such name", remembered for {@code ttlNanos}; with 0 the caller gets ENOENT all the same. */
    public static EntryOut negative(long ttlNanos) {
        return new EntryOut(0, 0, ttlNanos, 0, null);
    }
}
