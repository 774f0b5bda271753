package dev.leat.worker;

import dev.leat.cache.BlobSource;
import dev.leat.store.Blob;
import dev.leat.store.BlobId;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A source whose bytes follow from the blob and the offset; it counts what it gives. */
final class Origin implements BlobSource {
    final AtomicLong bytes = new AtomicLong();
    final AtomicLong reads = new AtomicLong();
    volatile @Nullable CountDownLatch gate;
    volatile boolean broken;

    static Blob blob(long number, long sizeBytes) {
        return new Blob(new BlobId(number * 7919, number), "data/" + number, sizeBytes, "\"v" + number + "\"");
    }

    private static byte at(Blob blob, long offset) {
        long h = (blob.id().session() + offset / 8) * 0x9E3779B97F4A7C15L;
        return (byte) (h >>> (8 * (offset % 8)));
    }

    @Override
    public void read(Blob blob, long offset, MemorySegment to, long toOffset, int length) throws IOException {
        CountDownLatch wait = gate;
        if (wait != null) {
            try {
                wait.await();
            } catch (InterruptedException e) {
                throw new IOException("interrupted", e);
            }
        }
        if (broken) {
            throw new IOException("the source is out of order");
        }
        for (int i = 0; i < length; i++) {
            to.set(ValueLayout.JAVA_BYTE, toOffset + i, at(blob, offset + i));
        }
        reads.incrementAndGet();
        bytes.addAndGet(length);
    }

    /** Whether a range is as it should be. */
    static boolean right(Blob blob, long offset, MemorySegment in, int length) {
        for (int i = 0; i < length; i++) {
            if (in.get(ValueLayout.JAVA_BYTE, i) != at(blob, offset + i)) {
                return false;
            }
        }
        return true;
    }
}
