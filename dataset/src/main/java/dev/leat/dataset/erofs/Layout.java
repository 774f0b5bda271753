package dev.leat.dataset.erofs;

/**
 * The on-disk format of EROFS as Linux 6.12 reads it ({@code fs/erofs/erofs_fs.h} of the kernel), as far as it is used here:
 * 4 KiB blocks, 32-bit block addresses, long ("extended") inodes, all numbers little-endian.
 *
 * <pre>
 * block 0              1024: superblock of 128 bytes, 1152: the root's inode
 * block 1 …            device table, room for {@link #DEVICES_MAX}; the unused part is a hole
 * after it, mixed      runs of inodes, each with what lies inline behind it; blocks of names
 * </pre>
 *
 * A node's number is its inode's position divided by 32.
 */
final class Layout {
    static final int BLOCK_SHIFT = 12;
    static final int BLOCK_BYTES = 1 << BLOCK_SHIFT;
    static final int SUPERBLOCK_AT = 1024;
    static final int SUPERBLOCK_BYTES = 128;
    static final int ROOT_AT = SUPERBLOCK_AT + SUPERBLOCK_BYTES;

    /** Devices beside the image. The format allows 65,535; each is an open file of the kernel while it is mounted. */
    static final int DEVICES_MAX = 4096;

    static final int DEVICE_SLOT_BYTES = 128;
    static final int DEVICE_TABLE_AT = BLOCK_BYTES;
    static final int FIRST_FREE = DEVICE_TABLE_AT + DEVICES_MAX * DEVICE_SLOT_BYTES;

    static final int INODE_BYTES = 64;
    static final int NODE_SHIFT = 5;
    static final int NODE_BYTES = 1 << NODE_SHIFT;
    static final int CHUNK_INDEX_BYTES = 8;
    static final int DIRENT_BYTES = 12;

    static final int NAME_BYTES_MAX = 255;

    /** Longest target of a link that Linux follows, without its NUL. */
    static final int TARGET_BYTES_MAX = 4095;

    /** Block addresses of a device: the last one means a hole. */
    static final long DEVICE_BLOCKS_MAX = 0xffff_ffffL;

    /**
     * Largest chunk, 1 GiB. The format allows 8 TiB; this is small enough for tools that count a chunk's bytes in 32 bits, and
     * eight bytes for each GiB of a file are nothing.
     */
    static final int CHUNK_SHIFT_MAX = 18;

    /** Directory entries' types. */
    static final byte TYPE_FILE = 1;

    static final byte TYPE_DIRECTORY = 2;
    static final byte TYPE_LINK = 7;

    static final int MODE_FILE = 0100000;
    static final int MODE_DIRECTORY = 0040000;
    static final int MODE_LINK = 0120000;

    /** How an inode's data lies: in blocks; the last part inline; in chunks. */
    static final int DATA_PLAIN = 0;

    static final int DATA_INLINE = 2;
    static final int DATA_CHUNKS = 4;

    private Layout() {}

    static long blocks(long bytes) {
        return (bytes + BLOCK_BYTES - 1) >>> BLOCK_SHIFT;
    }

    static long node(long position) {
        return position >>> NODE_SHIFT;
    }

    static long alignedBlock(long position) {
        return (position + BLOCK_BYTES - 1) & -BLOCK_BYTES;
    }
}
