package dev.leat.sys;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/**
 * What {@code statfs(2)} tells about the file system that holds a path.
 *
 * @param type the magic number of its kind, e.g. 0xEF53 for ext4, 0x01021994 for tmpfs, 0x65735546 for FUSE
 * @param blockBytes the unit of the block counts
 * @param availableBlocks blocks that an ordinary user may still use
 */
public record FsStat(
        long type, long blockBytes, long blocks, long freeBlocks, long availableBlocks, long files, long freeFiles) {
    /** {@link #type} of ext2, ext3 and ext4. */
    public static final long EXT4 = 0xEF53;
    /** {@link #type} of tmpfs. */
    public static final long TMPFS = 0x01021994;
    /** {@link #type} of XFS. */
    public static final long XFS = 0x58465342;
    /** {@link #type} of overlayfs. */
    public static final long OVERLAYFS = 0x794C7630;
    /** {@link #type} of every FUSE file system. */
    public static final long FUSE = 0x65735546;

    static final int STATFS_BYTES = 120;

    /** The size of the file system in bytes. */
    public long totalBytes() {
        return blocks * blockBytes;
    }

    /** The bytes that an ordinary user may still use. */
    public long availableBytes() {
        return availableBlocks * blockBytes;
    }

    static FsStat of(MemorySegment statfs) {
        return new FsStat(
                statfs.get(JAVA_LONG, 0),
                statfs.get(JAVA_LONG, 8),
                statfs.get(JAVA_LONG, 16),
                statfs.get(JAVA_LONG, 24),
                statfs.get(JAVA_LONG, 32),
                statfs.get(JAVA_LONG, 40),
                statfs.get(JAVA_LONG, 48));
    }
}
