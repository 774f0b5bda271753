package dev.leat.meta.fs;

import org.jspecify.annotations.Nullable;

/**
 * One row of a directory listing.
 *
 * @param name the name
 * @param ino the inode
 * @param type what it is
 * @param attr its attributes when they were asked for, else null
 */
public record DirEntry(
        Name name, long ino, FileType type, @Nullable Attr attr) {}
