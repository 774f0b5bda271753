package dev.leat.fuse.session;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Keeps page-aligned native buffers of three sizes for reuse. A taker looks for a kept one from a place that its thread
 * id hashes to, without a lock; when there is none, one is allocated, and when there is no place to keep a returned
 * one, the collector frees it. How many are out at a time is bounded by the requests in flight.
 */
final class BufferPool {
    /** Small requests and all replies but data. A page of names and a page of header is plenty for every other. */
    static final int SMALL_BYTES = 16 * 1024;

    /** A READ or WRITE of 128 KiB, the kernel's default read-ahead, with its headers. */
    private static final int MEDIUM_BYTES = 128 * 1024 + 8192;

    private static final int PAGE_BYTES = 4096;

    private final int largeBytes;
    private final AtomicReferenceArray<MemorySegment> small = new AtomicReferenceArray<>(256);
    private final AtomicReferenceArray<MemorySegment> medium = new AtomicReferenceArray<>(64);
    private final AtomicReferenceArray<MemorySegment> large = new AtomicReferenceArray<>(32);

    /** A pool whose longest buffers have {@code largeBytes} bytes. */
    BufferPool(int largeBytes) {
        this.largeBytes = Math.max(largeBytes, MEDIUM_BYTES + PAGE_BYTES);
    }

    int largeBytes() {
        return largeBytes;
    }

    /** A buffer of at least {@code bytes} bytes; its content is arbitrary. */
    MemorySegment take(int bytes) {
        if (bytes <= SMALL_BYTES) {
            return take(small, SMALL_BYTES);
        }
        if (bytes <= MEDIUM_BYTES) {
            return take(medium, MEDIUM_BYTES);
        }
        if (bytes > largeBytes) {
            throw new IllegalArgumentException("a buffer of " + bytes + " bytes; the longest are " + largeBytes);
        }
        return take(large, largeBytes);
    }

    /** Gives a buffer back. */
    void give(MemorySegment buffer) {
        long bytes = buffer.byteSize();
        AtomicReferenceArray<MemorySegment> kept =
                bytes == SMALL_BYTES ? small : bytes == MEDIUM_BYTES ? medium : large;
        int first = start(kept);
        for (int i = 0; i < kept.length(); i++) {
            int at = (first + i) % kept.length();
            if (kept.getPlain(at) == null && kept.compareAndSet(at, null, buffer)) {
                return;
            }
        }
    }

    private static MemorySegment take(AtomicReferenceArray<MemorySegment> kept, int bytes) {
        int first = start(kept);
        for (int i = 0; i < kept.length(); i++) {
            int at = (first + i) % kept.length();
            if (kept.getPlain(at) != null) {
                MemorySegment buffer = kept.getAndSet(at, null);
                if (buffer != null) {
                    return buffer;
                }
            }
        }
        return Arena.ofAuto().allocate(bytes, PAGE_BYTES);
    }

    private static int start(AtomicReferenceArray<MemorySegment> kept) {
        return (int) (Thread.currentThread().threadId() % kept.length());
    }
}
