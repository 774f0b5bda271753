package dev.leat.store.blob;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.Semaphore;

/**
 * A fixed number of buffers of one size, for what the store has of blobs on its way; native memory, taken when first
 * needed and kept. Whoever has one waits for nothing but the store, so whoever waits for one gets it.
 */
final class Scratch {
    private final int bytes;
    private final Semaphore free;
    private final ArrayDeque<ByteBuffer> idle = new ArrayDeque<>();

    /** {@code count} buffers of {@code bytes}. */
    Scratch(int count, int bytes) {
        this.bytes = bytes;
        this.free = new Semaphore(count, true);
    }

    int bytes() {
        return bytes;
    }

    /** A buffer, cleared; waits for one. */
    ByteBuffer take() {
        free.acquireUninterruptibly();
        return idleOrNew();
    }

    /** A buffer, or null if there is none now. */
    @org.jspecify.annotations.Nullable
    ByteBuffer tryTake() {
        return free.tryAcquire() ? idleOrNew() : null;
    }

    private ByteBuffer idleOrNew() {
        ByteBuffer buffer;
        synchronized (idle) {
            buffer = idle.pollFirst();
        }
        return buffer != null ? buffer : ByteBuffer.allocateDirect(bytes);
    }

    void give(ByteBuffer buffer) {
        synchronized (idle) {
            idle.addFirst(buffer.clear());
        }
        free.release();
    }
}
