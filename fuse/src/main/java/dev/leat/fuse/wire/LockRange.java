package dev.leat.fuse.wire;

/**
 * A range lock as the protocol carries it.
 *
 * @param start first byte
 * @param end last byte, inclusive; {@code Long.MAX_VALUE} is "to the end"
 * @param type F_RDLCK, F_WRLCK or F_UNLCK of {@link Fuse}
 * @param pid the process that holds it
 */
public record LockRange(long start, long end, int type, int pid) {
    /** The answer to GETLK when nothing stands in the way. */
    public static final LockRange UNLOCKED = new LockRange(0, 0, Fuse.F_UNLCK, 0);
}
