package dev.leat.cache;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * What a directory knows of each of its units, in native memory: 192 bytes for a unit of up to 4 MiB, 48 MiB for a full
 * TiB. A unit is either one block of a blob with a segment file of its own, or one 4 MiB group of a shared segment file.
 * Slot 0 is never used, so that 0 can mean "none".
 *
 * <p><b>Concurrency.</b> Readers take no lock. A slot's <em>generation</em> is bumped when its unit is given up, before
 * its bits are cleared and before its space is written again. A reader compares the generation with the one it found
 * beside the slot number before it looks at the bits and again after it has copied the bytes; bytes copied under a
 * changed generation are thrown away (a sequence lock, whose writer is the evictor). The <em>state</em> word keeps
 * evictors off units that are being written: 0 is free, 1 is live, 1 + n is live with n writers; only a live unit without
 * writers can be freed, by one compare-and-set. All other fields are changed under the directory's lock.
 */
final class SlotTable {
    static final int FREE = 0;
    static final int LIVE = 1;

    static final int FLAG_SHARED = 1;
    static final int FLAG_DIRTY = 2;
    static final int FLAG_SUSPECT = 4;
    static final int FLAG_PREFETCHED = 8;
    /** A write to the unit failed, so it may hold disk space that none of its pages accounts for. */
    static final int FLAG_TORN = 16;

    private static final int CHUNK_SHIFT = 12;
    private static final int CHUNK_SLOTS = 1 << CHUNK_SHIFT;
    private static final int STRIDE = 192;
    private static final int BITS = 0;
    private static final int STATE = 128;
    private static final int GENERATION = 132;
    private static final int TOUCHED = 136;
    private static final int PRESENT = 140;
    private static final int SESSION = 144;
    private static final int SEQUENCE = 152;
    private static final int BLOCK = 160;
    private static final int FLAGS = 164;
    private static final int BLOB_BYTES = 168;
    private static final int USED_PAGES = 176;
    private static final int MEMBERS = 180;
    private static final int PINS = 184;
    private static final int HELD = 188;

    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

    private final int slotsMax;
    private volatile MemorySegment[] chunks = new MemorySegment[0];

    SlotTable(int slotsMax) {
        this.slotsMax = slotsMax;
    }

    int slotsMax() {
        return slotsMax;
    }

    /** Makes sure that memory for the slot exists; under the directory's lock. */
    void ensure(int slot) {
        int needed = (slot >> CHUNK_SHIFT) + 1;
        MemorySegment[] old = chunks;
        if (needed > old.length) {
            MemorySegment[] grown = java.util.Arrays.copyOf(old, needed);
            for (int i = old.length; i < needed; i++) {
                grown[i] = Arena.ofAuto().allocate((long) CHUNK_SLOTS * STRIDE, 64);
            }
            chunks = grown;
        }
    }

    private MemorySegment chunk(int slot) {
        return chunks[slot >> CHUNK_SHIFT];
    }

    private static long at(int slot, int field) {
        return (long) (slot & (CHUNK_SLOTS - 1)) * STRIDE + field;
    }

    int generation(int slot) {
        return (int) INT.getAcquire(chunk(slot), at(slot, GENERATION));
    }

    void generation(int slot, int value) {
        INT.setVolatile(chunk(slot), at(slot, GENERATION), value);
    }

    int state(int slot) {
        return (int) INT.getVolatile(chunk(slot), at(slot, STATE));
    }

    void state(int slot, int value) {
        INT.setVolatile(chunk(slot), at(slot, STATE), value);
    }

    boolean casState(int slot, int from, int to) {
        return INT.compareAndSet(chunk(slot), at(slot, STATE), from, to);
    }

    /** Keeps the unit from being freed while its space is written; false if it is not the unit that was meant. */
    boolean enterWriter(int slot, int generation) {
        while (true) {
            int state = state(slot);
            if (state == FREE) {
                return false;
            }
            if (casState(slot, state, state + 1)) {
                if (generation(slot) == generation) {
                    return true;
                }
                leaveWriter(slot);
                return false;
            }
        }
    }

    void leaveWriter(int slot) {
        INT.getAndAdd(chunk(slot), at(slot, STATE), -1);
    }

    /** Whether all pages from {@code first} up to but not including {@code end} are there. */
    boolean present(int slot, int first, int end) {
        MemorySegment chunk = chunk(slot);
        long base = at(slot, BITS);
        for (int word = first >> 6; word <= (end - 1) >> 6; word++) {
            long mask = mask(word, first, end);
            if (((long) LONG.getAcquire(chunk, base + word * 8L) & mask) != mask) {
                return false;
            }
        }
        return true;
    }

    /** The first page in the range that is (or is not) there, or {@code end}. */
    int next(int slot, int first, int end, boolean wanted) {
        MemorySegment chunk = chunk(slot);
        long base = at(slot, BITS);
        for (int word = first >> 6; word <= (end - 1) >> 6; word++) {
            long bits = (long) LONG.getAcquire(chunk, base + word * 8L);
            long found = (wanted ? bits : ~bits) & mask(word, first, end);
            if (found != 0) {
                return (word << 6) + Long.numberOfTrailingZeros(found);
            }
        }
        return end;
    }

    /** Number of pages in the range that are there. */
    int count(int slot, int first, int end) {
        int sum = 0;
        for (int word = first >> 6; word <= (end - 1) >> 6; word++) {
            sum += Long.bitCount(bits(slot, word) & mask(word, first, end));
        }
        return sum;
    }

    /** Marks pages as there and returns how many were not before; everything written before is seen by who sees it. */
    int setPresent(int slot, int first, int end) {
        int added = 0;
        for (int word = first >> 6; word <= (end - 1) >> 6; word++) {
            long mask = mask(word, first, end);
            long before = (long) LONG.getAndBitwiseOr(chunk(slot), at(slot, BITS) + word * 8L, mask);
            added += Long.bitCount(mask & ~before);
        }
        return added;
    }

    /** Marks pages as not there and returns how many were. */
    int clearPresent(int slot, int first, int end) {
        int removed = 0;
        for (int word = first >> 6; word <= (end - 1) >> 6; word++) {
            long mask = mask(word, first, end);
            long before = (long) LONG.getAndBitwiseAnd(chunk(slot), at(slot, BITS) + word * 8L, ~mask);
            removed += Long.bitCount(mask & before);
        }
        return removed;
    }

    long bits(int slot, int word) {
        return (long) LONG.getAcquire(chunk(slot), at(slot, BITS) + word * 8L);
    }

    void bits(int slot, int word, long value) {
        LONG.setRelease(chunk(slot), at(slot, BITS) + word * 8L, value);
    }

    private static long mask(int word, int first, int end) {
        long mask = -1L;
        if (word == first >> 6) {
            mask &= -1L << (first & 63);
        }
        if (word == (end - 1) >> 6) {
            mask &= -1L >>> (63 - ((end - 1) & 63));
        }
        return mask;
    }

    int touched(int slot) {
        return (int) INT.getOpaque(chunk(slot), at(slot, TOUCHED));
    }

    void touched(int slot, int value) {
        INT.setOpaque(chunk(slot), at(slot, TOUCHED), value);
    }

    int flags(int slot) {
        return (int) INT.getAcquire(chunk(slot), at(slot, FLAGS));
    }

    boolean flag(int slot, int flag) {
        return (flags(slot) & flag) != 0;
    }

    /** Sets a flag; returns whether it was set before. */
    boolean setFlag(int slot, int flag) {
        return ((int) INT.getAndBitwiseOr(chunk(slot), at(slot, FLAGS), flag) & flag) != 0;
    }

    /** Clears a flag; returns whether it was set before. */
    boolean clearFlag(int slot, int flag) {
        return ((int) INT.getAndBitwiseAnd(chunk(slot), at(slot, FLAGS), ~flag) & flag) != 0;
    }

    void flags(int slot, int value) {
        INT.setRelease(chunk(slot), at(slot, FLAGS), value);
    }

    /** Pages that are there; as exact as the caller's lock makes it. */
    int presentPages(int slot) {
        return (int) INT.getOpaque(chunk(slot), at(slot, PRESENT));
    }

    void addPresentPages(int slot, int pages) {
        INT.getAndAdd(chunk(slot), at(slot, PRESENT), pages);
    }

    long session(int slot) {
        return (long) LONG.getOpaque(chunk(slot), at(slot, SESSION));
    }

    long sequence(int slot) {
        return (long) LONG.getOpaque(chunk(slot), at(slot, SEQUENCE));
    }

    int block(int slot) {
        return (int) INT.getOpaque(chunk(slot), at(slot, BLOCK));
    }

    long blobBytes(int slot) {
        return (long) LONG.getOpaque(chunk(slot), at(slot, BLOB_BYTES));
    }

    /** Whose block the unit is; a shared group belongs to nobody. */
    void owner(int slot, long session, long sequence, int block, long blobBytes) {
        MemorySegment chunk = chunk(slot);
        LONG.setOpaque(chunk, at(slot, SESSION), session);
        LONG.setOpaque(chunk, at(slot, SEQUENCE), sequence);
        INT.setOpaque(chunk, at(slot, BLOCK), block);
        LONG.setOpaque(chunk, at(slot, BLOB_BYTES), blobBytes);
    }

    /** Shared group: pages given to members so far. */
    int usedPages(int slot) {
        return (int) INT.getOpaque(chunk(slot), at(slot, USED_PAGES));
    }

    void usedPages(int slot, int value) {
        INT.setOpaque(chunk(slot), at(slot, USED_PAGES), value);
    }

    /** Shared group: members so far, also those forgotten since. */
    int members(int slot) {
        return (int) INT.getOpaque(chunk(slot), at(slot, MEMBERS));
    }

    void members(int slot, int value) {
        INT.setOpaque(chunk(slot), at(slot, MEMBERS), value);
    }

    /** Pinned blobs that lie in the unit. */
    int pins(int slot) {
        return (int) INT.getOpaque(chunk(slot), at(slot, PINS));
    }

    void pins(int slot, int value) {
        INT.setOpaque(chunk(slot), at(slot, PINS), value);
    }

    /** Bytes of blobs in the unit: those of its present pages, without what lies behind the end of a blob. */
    int heldBytes(int slot) {
        return (int) INT.getOpaque(chunk(slot), at(slot, HELD));
    }

    void addHeldBytes(int slot, int bytes) {
        INT.getAndAdd(chunk(slot), at(slot, HELD), bytes);
    }

    /** Bytes that are there of a part of a blob that lies in the unit from page {@code first} on. */
    int presentBytes(int slot, int first, int bytes, int shift) {
        int pages = Geometry.pagesOf(bytes, shift);
        int last = first + pages - 1;
        int sum = count(slot, first, first + pages) << shift;
        return present(slot, last, last + 1) ? sum - ((pages << shift) - bytes) : sum;
    }
}
