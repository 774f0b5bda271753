package dev.leat.cache;

import dev.leat.store.Blob;
import dev.leat.store.BlobId;
import dev.leat.store.StoreException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** An origin whose bytes are a function of blob and offset, so that any range can be checked without storing it. */
final class Bytes implements BlobSource {
    final AtomicLong reads = new AtomicLong();
    final AtomicLong bytes = new AtomicLong();
    final AtomicLong held = new AtomicLong();
    volatile @Nullable CountDownLatch gate;
    volatile boolean broken;

    static Blob blob(long number, long sizeBytes) {
        return new Blob(new BlobId(0x1ea7L + number * 31, number), "blobs/" + number, sizeBytes, null);
    }

    static byte at(Blob blob, long offset) {
        return (byte) (word(blob, offset & ~7L) >>> ((offset & 7) * 8));
    }

    private static long word(Blob blob, long offset) {
        long h = (blob.id().session() * 0x9E3779B97F4A7C15L + blob.id().sequence()) ^ offset;
        h *= 0xBF58476D1CE4E5B9L;
        h ^= h >>> 31;
        return h * 0x94D049BB133111EBL;
    }

    static void write(Blob blob, long offset, MemorySegment to, long toOffset, int length) {
        for (int i = 0; i < length; ) {
            if (((offset + i) & 7) == 0 && length - i >= 8) {
                to.set(ValueLayout.JAVA_LONG_UNALIGNED, toOffset + i, word(blob, offset + i));
                i += 8;
            } else {
                to.set(ValueLayout.JAVA_BYTE, toOffset + i, at(blob, offset + i));
                i++;
            }
        }
    }

    /** Offset of the first byte that is not what it should be, or -1. */
    static long wrong(Blob blob, long offset, MemorySegment in, long inOffset, int length) {
        for (int i = 0; i < length; ) {
            if (((offset + i) & 7) == 0 && length - i >= 8) {
                if (in.get(ValueLayout.JAVA_LONG_UNALIGNED, inOffset + i) != word(blob, offset + i)) {
                    return offset + i;
                }
                i += 8;
            } else {
                if (in.get(ValueLayout.JAVA_BYTE, inOffset + i) != at(blob, offset + i)) {
                    return offset + i;
                }
                i++;
            }
        }
        return -1;
    }

    @Override
    public void read(Blob blob, long offset, MemorySegment destination, long destinationOffset, int lengthBytes)
            throws IOException {
        reads.incrementAndGet();
        bytes.addAndGet(lengthBytes);
        CountDownLatch latch = gate;
        if (latch != null) {
            try {
                held.incrementAndGet();
                latch.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }
        if (broken) {
            throw new StoreException(StoreException.Kind.UNAVAILABLE, "the origin is broken on purpose");
        }
        write(blob, offset, destination, destinationOffset, lengthBytes);
    }
}
