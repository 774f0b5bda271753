package dev.leat.fuse.wire;

/**
 * The answer to STATFS.
 *
 * @param blocks size, in units of {@code fragmentBytes}
 * @param available what ordinary users may still use
 * @param files inodes in all
 * @param blockBytes preferred size of I/O
 * @param nameMax longest name in bytes
 */
public record StatfsOut(
        long blocks,
        long free,
        long available,
        long files,
        long freeFiles,
        int blockBytes,
        int nameMax,
        int fragmentBytes) {}
