package dev.leat.fuse.wire;

/**
 * The answer to GETATTR and SETATTR.
 *
 * @param ttlNanos how long the kernel may use the attributes without asking
 */
public record AttrOut(Attr attr, long ttlNanos) {}
