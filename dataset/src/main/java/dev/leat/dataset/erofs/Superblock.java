package dev.leat.dataset.erofs;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import java.util.zip.CRC32C;

/** The image's first block: what it is, how large, and a checksum over itself. */
final class Superblock {
    private static final int MAGIC = 0xE0F5E1E2;
    private static final int COMPAT_CHECKSUM = 1;
    private static final int COMPAT_MTIME = 2;
    private static final int INCOMPAT_CHUNKED_FILE = 4;
    private static final int INCOMPAT_DEVICE_TABLE = 8;
    private static final byte[] NAME = "leat".getBytes(US_ASCII);

    private Superblock() {}

    /**
     * Fills the superblock into the first block, which holds the root's inode already.
     *
     * @param identity shown as the file system's UUID
     * @param inodes number of nodes
     * @param blocks of the image
     */
    static void write(byte[] block, UUID identity, long inodes, long blocks, long builtSeconds, int devices) {
        ByteBuffer at = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
        int sb = Layout.SUPERBLOCK_AT;
        at.putInt(sb, MAGIC);
        at.putInt(sb + 4, 0);
        at.putInt(sb + 8, COMPAT_CHECKSUM | COMPAT_MTIME);
        at.put(sb + 12, (byte) Layout.BLOCK_SHIFT);
        at.putShort(sb + 14, (short) Layout.node(Layout.ROOT_AT));
        at.putLong(sb + 16, inodes);
        at.putLong(sb + 24, builtSeconds);
        at.putInt(sb + 36, (int) blocks);
        at.put(sb + 64, NAME);
        at.putInt(sb + 80, INCOMPAT_CHUNKED_FILE | (devices > 0 ? INCOMPAT_DEVICE_TABLE : 0));
        at.putShort(sb + 86, (short) devices);
        at.putShort(sb + 88, (short) (Layout.DEVICE_TABLE_AT / Layout.DEVICE_SLOT_BYTES));
        at.order(ByteOrder.BIG_ENDIAN);
        at.putLong(sb + 48, identity.getMostSignificantBits());
        at.putLong(sb + 56, identity.getLeastSignificantBits());
        at.order(ByteOrder.LITTLE_ENDIAN);
        at.putInt(sb + 4, checksum(block));
    }

    /** CRC32C from the superblock to the end of its block, its own field taken as zero, without the final inversion. */
    private static int checksum(byte[] block) {
        CRC32C crc = new CRC32C();
        crc.update(block, Layout.SUPERBLOCK_AT, Layout.BLOCK_BYTES - Layout.SUPERBLOCK_AT);
        return (int) ~crc.getValue();
    }
}
