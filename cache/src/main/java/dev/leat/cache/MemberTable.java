package dev.leat.cache;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.locks.StampedLock;

/**
 * Where the small blobs of a directory lie: an open-addressing hash table in native memory from blob id to one packed
 * long. 24 bytes an entry at most 60 % full: 40 to 80 bytes a blob, 10 million blobs in 400 to 800 MB.
 *
 * <p>Readers probe without a lock and check afterwards that no writer was there (an optimistic stamp); under a stream of
 * fills they retry a few times and then report "not found", which costs a slower read, never a wrong one. An entry may
 * be stale by the time it is used: the generation inside it is what proves it.
 */
final class MemberTable {
    private static final int STRIDE = 24;
    private static final int TRIES = 8;

    private final StampedLock lock = new StampedLock();
    private volatile MemorySegment table = allocate(1024);
    private int size;

    /** Packs a place: slot 28 bits, low 16 bits of its generation, first page 10 bits, member number 10 bits. */
    static long pack(int slot, int generation, int firstPage, int member) {
        return (long) slot << 36 | (generation & 0xffffL) << 20 | (long) firstPage << 10 | member;
    }

    static int slot(long place) {
        return (int) (place >>> 36);
    }

    static int generation(long place) {
        return (int) (place >>> 20) & 0xffff;
    }

    static int firstPage(long place) {
        return (int) (place >>> 10) & 0x3ff;
    }

    static int member(long place) {
        return (int) place & 0x3ff;
    }

    private static MemorySegment allocate(int entries) {
        return Arena.ofAuto().allocate((long) entries * STRIDE, 8);
    }

    private static long mask(MemorySegment table) {
        return table.byteSize() / STRIDE - 1;
    }

    private static long home(long session, long sequence, long mask) {
        long h = (session ^ Long.rotateLeft(sequence, 32)) * 0x9E3779B97F4A7C15L + sequence;
        h ^= h >>> 29;
        h *= 0xBF58476D1CE4E5B9L;
        return (h ^ h >>> 32) & mask;
    }

    private static long get(MemorySegment table, long index, int field) {
        return table.get(ValueLayout.JAVA_LONG, index * STRIDE + field * 8L);
    }

    private static void put(MemorySegment table, long index, long session, long sequence, long place) {
        table.set(ValueLayout.JAVA_LONG, index * STRIDE, session);
        table.set(ValueLayout.JAVA_LONG, index * STRIDE + 8, sequence);
        table.set(ValueLayout.JAVA_LONG, index * STRIDE + 16, place);
    }

    /** The packed place of a blob, or 0. Takes no lock. */
    long find(long session, long sequence) {
        for (int i = 0; i < TRIES; i++) {
            long stamp = lock.tryOptimisticRead();
            if (stamp != 0) {
                long place = probe(table, session, sequence);
                if (lock.validate(stamp)) {
                    return place;
                }
            }
            Thread.onSpinWait();
        }
        return 0;
    }

    /** As {@link #find}, but waits for writers rather than giving up. */
    long findExactly(long session, long sequence) {
        long stamp = lock.readLock();
        try {
            return probe(table, session, sequence);
        } finally {
            lock.unlockRead(stamp);
        }
    }

    private static long probe(MemorySegment table, long session, long sequence) {
        long mask = mask(table);
        long index = home(session, sequence, mask);
        for (long i = 0; i <= mask; i++) {
            long place = get(table, index, 2);
            if (place == 0) {
                return 0;
            }
            if (get(table, index, 0) == session && get(table, index, 1) == sequence) {
                return place;
            }
            index = (index + 1) & mask;
        }
        return 0;
    }

    void insert(long session, long sequence, long place) {
        long stamp = lock.writeLock();
        try {
            if ((size + 1) * 5L > (mask(table) + 1) * 3) {
                grow();
            }
            if (set(table, session, sequence, place)) {
                size++;
            }
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    private static boolean set(MemorySegment table, long session, long sequence, long place) {
        long mask = mask(table);
        long index = home(session, sequence, mask);
        while (get(table, index, 2) != 0) {
            if (get(table, index, 0) == session && get(table, index, 1) == sequence) {
                put(table, index, session, sequence, place);
                return false;
            }
            index = (index + 1) & mask;
        }
        put(table, index, session, sequence, place);
        return true;
    }

    private void grow() {
        MemorySegment old = table;
        long entries = mask(old) + 1;
        MemorySegment grown = allocate(Math.toIntExact(entries * 2));
        for (long i = 0; i < entries; i++) {
            if (get(old, i, 2) != 0) {
                set(grown, get(old, i, 0), get(old, i, 1), get(old, i, 2));
            }
        }
        table = grown;
    }

    /** Removes a blob if it still lies at {@code place}. */
    boolean remove(long session, long sequence, long place) {
        long stamp = lock.writeLock();
        try {
            MemorySegment t = table;
            long mask = mask(t);
            long index = home(session, sequence, mask);
            while (get(t, index, 2) != 0) {
                if (get(t, index, 0) == session && get(t, index, 1) == sequence) {
                    if (get(t, index, 2) != place) {
                        return false;
                    }
                    closeGap(t, mask, index);
                    size--;
                    return true;
                }
                index = (index + 1) & mask;
            }
            return false;
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    /** Moves later entries of the run back, so that no tombstones are needed. */
    private static void closeGap(MemorySegment t, long mask, long gap) {
        long hole = gap;
        long index = (hole + 1) & mask;
        while (get(t, index, 2) != 0) {
            long home = home(get(t, index, 0), get(t, index, 1), mask);
            if (((index - home) & mask) >= ((index - hole) & mask)) {
                put(t, hole, get(t, index, 0), get(t, index, 1), get(t, index, 2));
                hole = index;
            }
            index = (index + 1) & mask;
        }
        put(t, hole, 0, 0, 0);
    }

    int size() {
        long stamp = lock.readLock();
        try {
            return size;
        } finally {
            lock.unlockRead(stamp);
        }
    }
}
