package dev.leat.fuse.wire;

/**
 * The arguments of RELEASE and RELEASEDIR.
 *
 * @param releaseFlags RELEASE flags of {@link Fuse}
 */
public record ReleaseIn(long fh, int flags, int releaseFlags, long lockOwner) {}
