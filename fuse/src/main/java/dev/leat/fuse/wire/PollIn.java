package dev.leat.fuse.wire;

/**
 * The arguments of POLL.
 *
 * @param kernelHandle names the waiter in a later notification
 * @param events the events asked for
 */
public record PollIn(long fh, long kernelHandle, int flags, int events) {}
