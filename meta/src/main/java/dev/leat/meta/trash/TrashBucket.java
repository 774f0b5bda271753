package dev.leat.meta.trash;

import java.time.Instant;

/**
 * What was removed in one hour.
 *
 * @param ino its directory
 * @param name as {@code 2026-11-21-14}, in UTC
 * @param entries how many files and directories are in it
 * @param directories how many of them are directories
 */
public record TrashBucket(long ino, String name, long entries, long directories) {
    /** When its hour is over: what is in it was removed before. */
    public Instant end() {
        return TrashTree.end(ino);
    }
}
