package dev.leat.fuse.wire;

/**
 * The arguments of GETLK, SETLK and SETLKW.
 *
 * @param owner opaque; equal owners do not conflict
 * @param flock whether it is a lock of the whole file by flock()
 * @param blocking SETLKW: wait; INTERRUPT ends the wait
 */
public record LockIn(long fh, long owner, LockRange range, boolean flock, boolean blocking) {}
