package dev.leat.dataset.erofs;

import dev.leat.dataset.source.EntryKind;
import org.jspecify.annotations.Nullable;

/**
 * One name of the tree that an image shows.
 *
 * @param path from the root, without a slash at the start; empty for the root itself
 * @param kind what it is
 * @param mode the lower twelve bits of the mode
 * @param uid owner
 * @param gid group
 * @param sizeBytes length of a file in bytes; else of no meaning
 * @param modifiedSeconds last change in seconds since 1970; EROFS has no other times
 * @param modifiedNanos and the nanoseconds of it
 * @param target what a link says; null for others
 * @param reference of a file, what {@link Extents} gives back to whoever reads its bytes
 */
public record ImageEntry(
        String path,
        EntryKind kind,
        int mode,
        int uid,
        int gid,
        long sizeBytes,
        long modifiedSeconds,
        int modifiedNanos,
        @Nullable String target,
        long reference) {}
