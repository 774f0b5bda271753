package dev.leat.fuse.wire;

/**
 * The attributes of a node. Times are seconds since 1970, negative before, and nanoseconds in [0, 10^9).
 *
 * @param ino number shown to users; the node id is separate
 * @param blocks units of 512 bytes occupied
 * @param mode type and permission bits
 * @param rdev device number of a device node, encoded as the kernel does (minor low, major &lt;&lt; 8)
 * @param blockSize preferred size of I/O in bytes
 */
public record Attr(
        long ino,
        long size,
        long blocks,
        long atimeSec,
        int atimeNsec,
        long mtimeSec,
        int mtimeNsec,
        long ctimeSec,
        int ctimeNsec,
        int mode,
        int nlink,
        int uid,
        int gid,
        int rdev,
        int blockSize) {}
