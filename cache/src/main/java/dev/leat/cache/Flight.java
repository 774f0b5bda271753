package dev.leat.cache;

import dev.leat.store.Blob;
import dev.leat.store.StoreException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * A range of one block on its way. Whoever asks for bytes of it waits for it and copies them from its buffer, so that
 * one fetch serves all, whether the bytes are kept or not. The buffer goes back when the last one has let go.
 */
final class Flight {
    final Blob blob;
    final int block;

    /** First byte in the block. */
    final int from;

    /** One past the last byte in the block. */
    final int to;

    final Admission admission;
    private final BufferPool.Buffer buffer;
    private final CountDownLatch landed = new CountDownLatch(1);
    private volatile @Nullable IOException failure;
    private int holders = 1;

    /** When the tiers last declined its bytes, by {@link CacheClock}; 0 before. */
    volatile int declinedTick;

    /** Whether the tiers have declined its bytes, which it now lends for a while. */
    volatile boolean passing;

    Flight(Blob blob, int block, int from, int to, Admission admission, BufferPool.Buffer buffer) {
        this.blob = blob;
        this.block = block;
        this.from = from;
        this.to = to;
        this.admission = admission;
        this.buffer = buffer;
    }

    BufferPool.Buffer buffer() {
        return buffer;
    }

    long offset() {
        return ((long) block << Geometry.BLOCK_SHIFT) + from;
    }

    int length() {
        return to - from;
    }

    boolean overlaps(int first, int end) {
        return first < to && from < end;
    }

    boolean covers(int first, int end) {
        return from <= first && end <= to;
    }

    /** One more holder; false when the last one is gone already. */
    synchronized boolean hold() {
        if (holders == 0) {
            return false;
        }
        holders++;
        return true;
    }

    void release() {
        synchronized (this) {
            if (--holders > 0) {
                return;
            }
        }
        buffer.close();
    }

    void land(@Nullable IOException cause) {
        failure = cause;
        landed.countDown();
    }

    @Nullable
    IOException failure() {
        return failure;
    }

    /** Waits until the bytes are there or cannot be had. */
    void await() throws InterruptedIOException {
        try {
            landed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for blob " + blob.id());
        }
    }

    /** The failure as a waiter's own exception. */
    static IOException copyOf(IOException cause) {
        return cause instanceof StoreException e
                ? new StoreException(e.kind(), String.valueOf(e.getMessage()), e)
                : new IOException(cause.getMessage(), cause);
    }
}
