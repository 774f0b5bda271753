package dev.leat.dataset.tree;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.SourceEntry;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a listing as bytes, in the heap or in a mapped file: ten million names are no objects at all. An entry is made when
 * somebody looks at it. A record begins at a multiple of 8 bytes:
 *
 * <pre>
 * size 8 · modified 8 · kind 1 · parts 1 · name 2 · validator 2 · target 2 · [uid 4 · gid 4 · mode 4] · name · validator · target
 * </pre>
 *
 * <p>All numbers are little endian. An index of records, by the bytes of their names, stands behind them.
 */
final class PackedNames extends AbstractList<SourceEntry> implements RandomAccess {
    /** A record begins at such multiples, so that an int can say where, up to 16 GiB. */
    static final int ALIGN = 8;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int KIND = 16;
    private static final int PARTS = 17;
    private static final int NAME = 18;
    private static final int VALIDATOR = 20;
    private static final int TARGET = 22;
    private static final int HEAD = 24;
    private static final int OWNER_BYTES = 12;
    private static final int HAS_OWNER = 1;
    private static final int HAS_VALIDATOR = 2;
    private static final int HAS_TARGET = 4;
    private static final byte FILE = 0;
    private static final byte DIRECTORY = 1;
    private static final byte LINK = 2;

    private final MemorySegment records;
    private final MemorySegment index;
    private final int count;

    /**
     * Entries that lie somewhere.
     *
     * @param records the records
     * @param index where each begins, in units of {@link #ALIGN}, by name
     */
    PackedNames(MemorySegment records, MemorySegment index) {
        this.records = records;
        this.index = index;
        this.count = (int) (index.byteSize() / Integer.BYTES);
    }

    /** Bytes of the heap or of a file that they take. */
    long bytes() {
        return records.byteSize() + index.byteSize();
    }

    /** Those of them that are in the heap. */
    long heapBytes() {
        return (records.isMapped() ? 0 : records.byteSize()) + (index.isMapped() ? 0 : index.byteSize());
    }

    MemorySegment records() {
        return records;
    }

    MemorySegment index() {
        return index;
    }

    @Override
    public int size() {
        return count;
    }

    private long at(int i) {
        return Integer.toUnsignedLong(index.get(INT, (long) i * Integer.BYTES)) * ALIGN;
    }

    @Override
    public SourceEntry get(int i) {
        if (i < 0 || i >= count) {
            throw new IndexOutOfBoundsException(i);
        }
        return entry(records, at(i));
    }

    private static SourceEntry entry(MemorySegment from, long at) {
        int parts = from.get(ValueLayout.JAVA_BYTE, at + PARTS);
        long next = at + HEAD;
        Facts.Permission permission = null;
        if ((parts & HAS_OWNER) != 0) {
            permission = new Facts.Permission(from.get(INT, next), from.get(INT, next + 4), from.get(INT, next + 8));
            next += OWNER_BYTES;
        }
        int nameLength = length(from, at + NAME);
        int validatorLength = length(from, at + VALIDATOR);
        int targetLength = length(from, at + TARGET);
        String name = text(from, next, nameLength);
        String validator = (parts & HAS_VALIDATOR) == 0 ? null : text(from, next + nameLength, validatorLength);
        String target =
                (parts & HAS_TARGET) == 0 ? null : text(from, next + nameLength + validatorLength, targetLength);
        EntryKind kind =
                switch (from.get(ValueLayout.JAVA_BYTE, at + KIND)) {
                    case DIRECTORY -> EntryKind.DIRECTORY;
                    case LINK -> EntryKind.LINK;
                    default -> EntryKind.FILE;
                };
        return new SourceEntry(
                name, new Facts(kind, from.get(LONG, at), from.get(LONG, at + 8), validator, permission, target));
    }

    private static int length(MemorySegment from, long at) {
        return Short.toUnsignedInt(from.get(SHORT, at));
    }

    private static String text(MemorySegment from, long at, int length) {
        byte[] bytes = new byte[length];
        MemorySegment.copy(from, ValueLayout.JAVA_BYTE, at, bytes, 0, length);
        return new String(bytes, UTF_8);
    }

    private static long nameAt(MemorySegment in, long at) {
        return at + HEAD + ((in.get(ValueLayout.JAVA_BYTE, at + PARTS) & HAS_OWNER) != 0 ? OWNER_BYTES : 0);
    }

    /** The place of a name; -1 if there is none. */
    int indexOf(String name) {
        MemorySegment wanted = MemorySegment.ofArray(name.getBytes(UTF_8));
        int low = 0;
        int high = count - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            long at = at(middle);
            long from = nameAt(records, at);
            int order = compare(records, from, length(records, at + NAME), wanted, 0, (int) wanted.byteSize());
            if (order == 0) {
                return middle;
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1;
    }

    private static int compare(MemorySegment a, long aAt, int aLength, MemorySegment b, long bAt, int bLength) {
        long at = MemorySegment.mismatch(a, aAt, aAt + aLength, b, bAt, bAt + bLength);
        if (at < 0) {
            return 0;
        }
        if (at == aLength || at == bLength) {
            return Integer.compare(aLength, bLength);
        }
        return Integer.compare(
                Byte.toUnsignedInt(a.get(ValueLayout.JAVA_BYTE, aAt + at)),
                Byte.toUnsignedInt(b.get(ValueLayout.JAVA_BYTE, bAt + at)));
    }

    /** The bytes of one record; null if a part of it is longer than a record can say, so that it cannot be shown. */
    static byte @Nullable [] record(SourceEntry entry) {
        Facts facts = entry.facts();
        byte[] name = entry.name().getBytes(UTF_8);
        byte[] validator = bytes(facts.validator());
        byte[] target = bytes(facts.target());
        if (validator.length > 0xffff || target.length > 0xffff) {
            return null;
        }
        Facts.Permission owner = facts.permission();
        int length = HEAD + (owner == null ? 0 : OWNER_BYTES) + name.length + validator.length + target.length;
        ByteBuffer to = ByteBuffer.allocate((length + ALIGN - 1) & -ALIGN).order(ByteOrder.LITTLE_ENDIAN);
        to.putLong(facts.sizeBytes()).putLong(facts.modifiedEpochMs());
        to.put(
                switch (facts.kind()) {
                    case FILE -> FILE;
                    case DIRECTORY -> DIRECTORY;
                    case LINK -> LINK;
                });
        to.put((byte) ((owner == null ? 0 : HAS_OWNER)
                | (facts.validator() == null ? 0 : HAS_VALIDATOR)
                | (facts.target() == null ? 0 : HAS_TARGET)));
        to.putShort((short) name.length).putShort((short) validator.length).putShort((short) target.length);
        if (owner != null) {
            to.putInt(owner.uid()).putInt(owner.gid()).putInt(owner.mode());
        }
        to.put(name).put(validator).put(target);
        return to.array();
    }

    private static byte[] bytes(@Nullable String text) {
        return text == null ? new byte[0] : text.getBytes(UTF_8);
    }

    /**
     * Puts records in the order of their names, directories first among equals, and leaves out all but the first of each name.
     *
     * @param places where records begin; changed
     * @return how many of {@code places} are left
     */
    static int sort(MemorySegment records, int[] places, int count) {
        boolean sorted = true;
        for (int i = 1; i < count && sorted; i++) {
            sorted = compare(records, places[i - 1], places[i]) <= 0;
        }
        int[] order = places;
        if (!sorted) {
            order = merged(records, places, Arrays.copyOf(places, count), count);
        }
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (kept == 0 || !isSameName(records, places[kept - 1], order[i])) {
                places[kept++] = order[i];
            }
        }
        return kept;
    }

    /** A merge sort from the bottom up, for there is none in the library that compares ints by what they stand for. */
    private static int[] merged(MemorySegment records, int[] a, int[] b, int count) {
        int[] from = a;
        int[] to = b;
        for (long width = 1; width < count; width *= 2) {
            for (long low = 0; low < count; low += 2 * width) {
                int middle = (int) Math.min(low + width, count);
                int high = (int) Math.min(low + 2 * width, count);
                int left = (int) low;
                int right = middle;
                for (int i = (int) low; i < high; i++) {
                    boolean first = right >= high || (left < middle && compare(records, from[left], from[right]) <= 0);
                    to[i] = first ? from[left++] : from[right++];
                }
            }
            int[] swap = from;
            from = to;
            to = swap;
        }
        return from;
    }

    private static int compare(MemorySegment records, int a, int b) {
        long aAt = Integer.toUnsignedLong(a) * ALIGN;
        long bAt = Integer.toUnsignedLong(b) * ALIGN;
        int order = compare(
                records,
                nameAt(records, aAt),
                length(records, aAt + NAME),
                records,
                nameAt(records, bAt),
                length(records, bAt + NAME));
        return order != 0 ? order : Boolean.compare(isDirectory(records, bAt), isDirectory(records, aAt));
    }

    private static boolean isDirectory(MemorySegment records, long at) {
        return records.get(ValueLayout.JAVA_BYTE, at + KIND) == DIRECTORY;
    }

    private static boolean isSameName(MemorySegment records, int a, int b) {
        long aAt = Integer.toUnsignedLong(a) * ALIGN;
        long bAt = Integer.toUnsignedLong(b) * ALIGN;
        return compare(
                        records,
                        nameAt(records, aAt),
                        length(records, aAt + NAME),
                        records,
                        nameAt(records, bAt),
                        length(records, bAt + NAME))
                == 0;
    }
}
