package dev.leat.sys;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Scratch memory for one native call at a time: the captured errno in the first bytes, then room for small structures.
 *
 * <p>A thread takes the slot its id hashes to, or the next free one, for the length of one call. That costs one
 * compare-and-set, allocates nothing, and unlike a thread local it does not grow with the number of virtual threads.
 */
final class CallSlots {
    /** More calls at once than this are possible (a fallback allocates), but no configuration has so many threads. */
    private static final int SLOTS = 1024;

    /** Errno in the first 64 bytes, a statx of 256 or a statfs of 120 after it. */
    private static final int SLOT_BYTES = 512;

    /** Where a call may place a structure of its own inside a slot, in bytes. */
    static final int SCRATCH_OFFSET = 64;

    /** One flag per cache line, so that neighbours do not share one. */
    private static final int FLAG_STRIDE = 16;

    private static final MemorySegment MEMORY = Arena.global().allocate((long) SLOTS * SLOT_BYTES, 64);
    private static final MemorySegment[] SEGMENTS = new MemorySegment[SLOTS];
    private static final AtomicIntegerArray BUSY = new AtomicIntegerArray(SLOTS * FLAG_STRIDE);

    static {
        for (int i = 0; i < SLOTS; i++) {
            SEGMENTS[i] = MEMORY.asSlice((long) i * SLOT_BYTES, SLOT_BYTES, 64);
        }
    }

    private CallSlots() {}

    /** A slot that no other call uses; to be given back by {@link #give}. */
    static MemorySegment take() {
        int first = (int) Thread.currentThread().threadId() & (SLOTS - 1);
        for (int i = 0; i < SLOTS; i++) {
            int slot = (first + i) & (SLOTS - 1);
            if (BUSY.compareAndSet(slot * FLAG_STRIDE, 0, 1)) {
                return SEGMENTS[slot];
            }
        }
        return Arena.ofAuto().allocate(SLOT_BYTES, 64);
    }

    /** Frees a slot. */
    static void give(MemorySegment slot) {
        long distance = slot.address() - MEMORY.address();
        if (distance >= 0 && distance < MEMORY.byteSize()) {
            BUSY.setRelease((int) (distance / SLOT_BYTES) * FLAG_STRIDE, 0);
        }
    }

    /** The error number captured by the last call made with this slot; positive. */
    static int errno(MemorySegment slot) {
        return slot.get(JAVA_INT, 0);
    }

    /** The error captured by the last call made with this slot. */
    static ErrnoException failure(MemorySegment slot, String call) {
        return new ErrnoException(Errno.of(errno(slot)), call);
    }
}
