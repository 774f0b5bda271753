package dev.leat.cache;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * All large buffers of a mount, from one bounded piece of native memory: what is fetched, what waits to be written, what
 * is being answered. Sizes are powers of two from 4 KiB to 8 MiB, split from and merged into chunks of 8 MiB (a buddy
 * allocator), so that memory given back in one size serves another. Chunks are taken from the system when first needed
 * and kept.
 *
 * <p>Waiters are served in no particular order; whoever cannot wait gets null and must do without.
 */
public final class BufferPool {
    /** The smallest buffer, in bytes. */
    public static final int MIN_BYTES = 4 << 10;

    /** The largest buffer, in bytes. */
    public static final int MAX_BYTES = 8 << 20;

    private static final int MIN_SHIFT = 12;
    private static final int ORDERS = 12;
    private static final int UNITS = MAX_BYTES / MIN_BYTES;

    private final int chunksMax;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition freed = lock.newCondition();
    private final List<Chunk> chunks = new ArrayList<>();
    private long usedBytes;
    private long peakBytes;
    private long waits;
    private long refusals;

    /**
     * A pool of at most {@code limitBytes}, rounded down to 8 MiB.
     *
     * @throws IllegalArgumentException below 16 MiB, with which no mount can work
     */
    public BufferPool(long limitBytes) {
        if (limitBytes < 2L * MAX_BYTES) {
            throw new IllegalArgumentException("memory limit " + ByteSize.format(limitBytes)
                    + " is too small; give at least " + ByteSize.format(2L * MAX_BYTES));
        }
        chunksMax = (int) Math.min(Integer.MAX_VALUE, limitBytes / MAX_BYTES);
    }

    /**
     * A buffer of at least {@code bytes}, or null when none is free now.
     *
     * @param bytes 1 to {@link #MAX_BYTES}
     */
    public @Nullable Buffer tryAcquire(int bytes) {
        int order = order(bytes);
        lock.lock();
        try {
            Buffer buffer = take(order);
            if (buffer == null) {
                refusals++;
            }
            return buffer;
        } finally {
            lock.unlock();
        }
    }

    /**
     * A buffer of at least {@code bytes}, waiting for others to give theirs back.
     *
     * @param waitMillis longest wait
     * @return null when the time is over
     */
    public @Nullable Buffer acquire(int bytes, long waitMillis) throws InterruptedException {
        int order = order(bytes);
        long left = TimeUnit.MILLISECONDS.toNanos(waitMillis);
        lock.lockInterruptibly();
        try {
            Buffer buffer = take(order);
            if (buffer == null) {
                waits++;
            }
            while (buffer == null && left > 0) {
                left = freed.awaitNanos(left);
                buffer = take(order);
            }
            if (buffer == null) {
                refusals++;
            }
            return buffer;
        } finally {
            lock.unlock();
        }
    }

    /** The bound, in bytes. */
    public long limitBytes() {
        return (long) chunksMax * MAX_BYTES;
    }

    /** What the pool holds and has held. */
    public Usage usage() {
        lock.lock();
        try {
            return new Usage(limitBytes(), (long) chunks.size() * MAX_BYTES, usedBytes, peakBytes, waits, refusals);
        } finally {
            lock.unlock();
        }
    }

    /**
     * What a pool holds.
     *
     * @param limitBytes the bound
     * @param reservedBytes taken from the system so far
     * @param usedBytes in buffers that somebody has
     * @param peakBytes most of it so far
     * @param waits requests that had to wait
     * @param refusals requests that got nothing
     */
    public record Usage(
            long limitBytes, long reservedBytes, long usedBytes, long peakBytes, long waits, long refusals) {}

    private static int order(int bytes) {
        if (bytes < 1 || bytes > MAX_BYTES) {
            throw new IllegalArgumentException("a buffer of " + bytes + " bytes; 1 to " + MAX_BYTES + " are possible");
        }
        return Math.max(0, 32 - Integer.numberOfLeadingZeros(bytes - 1) - MIN_SHIFT);
    }

    private @Nullable Buffer take(int order) {
        for (Chunk chunk : chunks) {
            int unit = chunk.take(order);
            if (unit >= 0) {
                return lend(chunk, unit, order);
            }
        }
        if (chunks.size() >= chunksMax) {
            return null;
        }
        Chunk chunk = new Chunk(Arena.ofAuto().allocate(MAX_BYTES, MIN_BYTES));
        chunks.add(chunk);
        return lend(chunk, chunk.take(order), order);
    }

    private Buffer lend(Chunk chunk, int unit, int order) {
        usedBytes += (long) MIN_BYTES << order;
        peakBytes = Math.max(peakBytes, usedBytes);
        return new Buffer(this, chunk, unit, order);
    }

    private void giveBack(Chunk chunk, int unit, int order) {
        lock.lock();
        try {
            usedBytes -= (long) MIN_BYTES << order;
            chunk.give(unit, order);
            freed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** A piece of the pool's memory; whoever acquired it closes it once. */
    public static final class Buffer implements AutoCloseable {
        private final BufferPool pool;
        private final Chunk chunk;
        private final int unit;
        private final int order;
        private final MemorySegment segment;
        private boolean closed;

        private Buffer(BufferPool pool, Chunk chunk, int unit, int order) {
            this.pool = pool;
            this.chunk = chunk;
            this.unit = unit;
            this.order = order;
            this.segment = chunk.memory.asSlice((long) unit * MIN_BYTES, (long) MIN_BYTES << order);
        }

        /** Its memory, aligned to 4 KiB; not zeroed. Not to be touched after {@link #close}. */
        public MemorySegment segment() {
            return segment;
        }

        /** Gives it back; a second call does nothing. */
        @Override
        public void close() {
            synchronized (this) {
                if (closed) {
                    return;
                }
                closed = true;
            }
            pool.giveBack(chunk, unit, order);
        }
    }

    /** 8 MiB cut into buddies: one bit per free piece and order. */
    private static final class Chunk {
        private final MemorySegment memory;
        private final BitSet[] free = new BitSet[ORDERS];

        Chunk(MemorySegment memory) {
            this.memory = memory;
            for (int i = 0; i < ORDERS; i++) {
                free[i] = new BitSet(UNITS >> i);
            }
            free[ORDERS - 1].set(0);
        }

        /** The first unit of a free piece of this order, or -1. */
        int take(int order) {
            for (int o = order; o < ORDERS; o++) {
                int piece = free[o].nextSetBit(0);
                if (piece >= 0) {
                    free[o].clear(piece);
                    while (o > order) {
                        o--;
                        piece <<= 1;
                        free[o].set(piece + 1);
                    }
                    return piece << order;
                }
            }
            return -1;
        }

        void give(int unit, int order) {
            int piece = unit >> order;
            int o = order;
            while (o < ORDERS - 1 && free[o].get(piece ^ 1)) {
                free[o].clear(piece ^ 1);
                piece >>= 1;
                o++;
            }
            free[o].set(piece);
        }
    }
}
