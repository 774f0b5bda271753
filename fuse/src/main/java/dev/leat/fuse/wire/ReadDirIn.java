package dev.leat.fuse.wire;

/**
 * The arguments of READDIR and READDIRPLUS.
 *
 * @param offset 0 for the start, else the value given with the last entry that the kernel has taken
 * @param plus whether attributes go with the names
 */
public record ReadDirIn(long fh, long offset, int size, boolean plus) {}
