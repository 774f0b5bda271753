package dev.leat.meta.fs;

/**
 * A name that was found or made.
 *
 * @param ino the inode it leads to
 * @param attr its attributes at that moment
 */
public record Entry(long ino, Attr attr) {}
