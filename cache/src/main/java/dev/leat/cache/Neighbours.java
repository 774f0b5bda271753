package dev.leat.cache;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Guesses from the last misses whether the rest of a block is wanted too: another part of it was asked for within the
 * last second, or the blob is being read in sequence. A fixed table; a collision costs one wrong guess.
 */
final class Neighbours {
    private static final int ENTRIES = 4096;
    private static final long MEMORY_MILLIS = 1000;

    private final AtomicLongArray blocks = new AtomicLongArray(ENTRIES);
    private final AtomicLongArray ends = new AtomicLongArray(ENTRIES);

    /** Notes a miss and says whether to fetch the whole block. */
    boolean wanted(dev.leat.store.Blob blob, long offset, int length) {
        long now = TimeUnit.NANOSECONDS.toMillis(System.nanoTime()) & 0xffffffffL;
        long session = blob.id().session();
        long sequence = blob.id().sequence();
        long key = ReusePolicy.key(session, sequence, Geometry.blockOf(offset));
        long before = blocks.getAndSet((int) key & (ENTRIES - 1), (key & 0xffffffff00000000L) | now);
        boolean recent = (before >>> 32) == (key >>> 32) && ((now - before) & 0xffffffffL) <= MEMORY_MILLIS;
        long file = ReusePolicy.key(session, sequence, -1);
        long end = file ^ (offset + length) * 0x9E3779B97F4A7C15L;
        boolean sequential =
                offset > 0 && ends.getAndSet((int) file & (ENTRIES - 1), end) == (file ^ offset * 0x9E3779B97F4A7C15L);
        return recent || sequential;
    }
}
