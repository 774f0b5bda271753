package dev.leat.dataset.index;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.leat.dataset.source.EntryKind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * How an index file is laid out, in little-endian numbers: a header page; a row of 64 bytes for each name, so that those of one directory
 * stand side by side in the order of their bytes; then texts. The root is row 0.
 *
 * <pre>
 * header: magic 8 · form 4 · strength 4 · rows 8 · files 8 · directories 8 · links 8 · bytes 8 · file length 8 · tree 32 · manifest 32 · CRC32C 4
 * row:    0 parent 4 · 4 kind and mode 4 · 8 file: length 8, directory: first child 4, children 4 · 16 time 8 · 24 uid 4 · 28 gid 4
 *         32 place of its texts 8 · 40 length of name 2 · of validator or target 2 · has digest 1 · … · 48 first 8 bytes of the name · 56 subdirectories 4
 * texts:  name · validator or target · digest
 * </pre>
 */
final class IndexLayout {
    static final byte[] MAGIC = "LEATIDX1".getBytes(StandardCharsets.US_ASCII);
    static final int FORM = 1;
    static final int HEADER_BYTES = 4096;
    static final int ROW_BYTES = 64;

    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    static final int H_FORM = 8;
    static final int H_STRENGTH = 12;
    static final int H_ROWS = 16;
    static final int H_FILES = 24;
    static final int H_DIRECTORIES = 32;
    static final int H_LINKS = 40;
    static final int H_BYTES = 48;
    static final int H_LENGTH = 56;
    static final int H_TREE = 64;
    static final int H_MANIFEST = 96;
    static final int H_CRC = 128;

    static final int PARENT = 0;
    static final int MODE = 4;
    static final int SIZE = 8;
    static final int FIRST = 8;
    static final int CHILDREN = 12;
    static final int MODIFIED = 16;
    static final int UID = 24;
    static final int GID = 28;
    static final int TEXTS = 32;
    static final int NAME_LENGTH = 40;
    static final int TEXT_LENGTH = 42;
    static final int HAS_DIGEST = 44;
    static final int NAME_HEAD = 48;
    static final int SUBDIRECTORIES = 56;

    /** In the field of kind and mode. */
    static final int MODE_BITS = 0777;

    static final int HAS_MODE = 01000;
    static final int IS_DIRECTORY = 010000;
    static final int IS_LINK = 020000;

    private IndexLayout() {}

    static int kindAndMode(EntryKind kind, int mode) {
        int bits = mode < 0 ? 0 : HAS_MODE | mode;
        return switch (kind) {
            case FILE -> bits;
            case DIRECTORY -> bits | IS_DIRECTORY;
            case LINK -> bits | IS_LINK;
        };
    }

    /** The first eight bytes of a name as a number that orders as they do. */
    static long head(byte[] name) {
        long head = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            head = head << 8 | (i < name.length ? name[i] & 0xff : 0);
        }
        return head;
    }

    static byte[] bytes(MemorySegment from, long offset, int length) {
        byte[] bytes = new byte[length];
        MemorySegment.copy(from, JAVA_BYTE, offset, bytes, 0, length);
        return bytes;
    }
}
