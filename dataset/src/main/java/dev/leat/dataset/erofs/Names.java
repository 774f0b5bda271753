package dev.leat.dataset.erofs;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * One block of a directory while it is filled: entries in front, names behind them in the same order, which is that of their
 * bytes taken as unsigned. The kernel looks for a name by halving, first among blocks, then within one.
 */
final class Names {
    private byte[] bytes = new byte[128];
    private int[] ends = new int[8];
    private long[] nodes = new long[8];
    private byte[] types = new byte[8];
    private int count;

    /** Whether another name has room. */
    boolean takes(byte[] name) {
        return sizeBytes() + Layout.DIRENT_BYTES + name.length <= Layout.BLOCK_BYTES;
    }

    /** Appends a name, which the caller knows to have room. */
    int add(byte[] name, long node, byte type) {
        if (count == ends.length) {
            int more = count * 2;
            ends = Arrays.copyOf(ends, more);
            nodes = Arrays.copyOf(nodes, more);
            types = Arrays.copyOf(types, more);
        }
        int start = nameBytes();
        if (start + name.length > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, start + name.length));
        }
        System.arraycopy(name, 0, bytes, start, name.length);
        ends[count] = start + name.length;
        nodes[count] = node;
        types[count] = type;
        return count++;
    }

    /** Says later which node an entry is. */
    void node(int ordinal, long node) {
        nodes[ordinal] = node;
    }

    /** The same in a block that was {@link #encode encoded}. */
    static void node(byte[] block, int ordinal, long node) {
        ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN).putLong(ordinal * Layout.DIRENT_BYTES, node);
    }

    /** Bytes of entries and names. */
    int sizeBytes() {
        return count * Layout.DIRENT_BYTES + nameBytes();
    }

    private int nameBytes() {
        return count == 0 ? 0 : ends[count - 1];
    }

    /** The block's bytes, padded with zeros to {@code length}. */
    byte[] encode(int length) {
        ByteBuffer block = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        int names = count * Layout.DIRENT_BYTES;
        int start = 0;
        for (int i = 0; i < count; i++) {
            block.putLong(nodes[i]);
            block.putShort((short) (names + start));
            block.put(types[i]);
            block.put((byte) 0);
            start = ends[i];
        }
        block.put(bytes, 0, start);
        return block.array();
    }

    void clear() {
        count = 0;
    }
}
