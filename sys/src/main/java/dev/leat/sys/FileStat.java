package dev.leat.sys;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;

/**
 * What {@code statx(2)} tells about a file. Times are seconds since 1970 (negative before) and nanoseconds in
 * [0, 10^9).
 *
 * @param mode type and permission bits
 * @param size length in bytes
 * @param blocks units of 512 bytes that the file occupies on its disk
 */
public record FileStat(
        long ino,
        int deviceMajor,
        int deviceMinor,
        int mode,
        int nlink,
        int uid,
        int gid,
        long size,
        long blocks,
        long atimeSec,
        int atimeNsec,
        long mtimeSec,
        int mtimeNsec,
        long ctimeSec,
        int ctimeNsec) {

    static final int SIZE_OFFSET = 40;
    static final int STATX_BYTES = 256;

    /** Bytes that the file occupies on its disk, holes not counted. */
    public long allocatedBytes() {
        return blocks * 512;
    }

    /** Whether it is a directory. */
    public boolean isDirectory() {
        return (mode & 0170000) == 0040000;
    }

    /** Whether it is a regular file. */
    public boolean isRegular() {
        return (mode & 0170000) == 0100000;
    }

    /** Whether it is a socket. */
    public boolean isSocket() {
        return (mode & 0170000) == 0140000;
    }

    static FileStat of(MemorySegment statx) {
        return new FileStat(
                statx.get(JAVA_LONG, 32),
                statx.get(JAVA_INT, 136),
                statx.get(JAVA_INT, 140),
                Short.toUnsignedInt(statx.get(JAVA_SHORT, 28)),
                statx.get(JAVA_INT, 16),
                statx.get(JAVA_INT, 20),
                statx.get(JAVA_INT, 24),
                statx.get(JAVA_LONG, SIZE_OFFSET),
                statx.get(JAVA_LONG, 48),
                statx.get(JAVA_LONG, 64),
                statx.get(JAVA_INT, 72),
                statx.get(JAVA_LONG, 112),
                statx.get(JAVA_INT, 120),
                statx.get(JAVA_LONG, 96),
                statx.get(JAVA_INT, 104));
    }
}
