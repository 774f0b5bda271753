package dev.leat.dataset.seal;

import dev.leat.dataset.manifest.ManifestEntry;
import dev.leat.dataset.manifest.Sha256;
import dev.leat.dataset.source.Source;
import dev.leat.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Reads whole files of a source, many at a time, and gives the digests of their bytes in the order in which the files were
 * handed in. Of a file the next block is fetched while the last one is hashed.
 */
final class FileDigests implements AutoCloseable {
    private static final int BLOCK_BYTES = 4 << 20;

    /** Files read at a time; two blocks of each are held. */
    private static final int AT_A_TIME = 16;

    /** Files handed in whose turn has not come, so that a large one does not keep the small ones behind it waiting. */
    private static final int WINDOW = 1_024;

    private final Source source;
    private final Advance advance;
    private final Taker taker;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore turns = new Semaphore(AT_A_TIME);
    private final ConcurrentLinkedQueue<ByteBuffer> buffers = new ConcurrentLinkedQueue<>();
    private final Deque<Pending> pending = new ArrayDeque<>();

    private record Pending(ManifestEntry entry, @Nullable Future<Sha256> digest) {}

    /** Takes what was handed in, in that order. */
    interface Taker {
        /**
         * Takes one.
         *
         * @param digest of the file's bytes; null of what was not read, or could not be
         * @param failure why it could not be read
         */
        void take(ManifestEntry entry, @Nullable Sha256 digest, @Nullable StoreException failure) throws IOException;
    }

    FileDigests(Source source, Advance advance, Taker taker) {
        this.source = source;
        this.advance = advance;
        this.taker = taker;
    }

    /** Hands an entry in, to be read if {@code read}; passes on those whose turn has come. */
    void add(ManifestEntry entry, boolean read) throws IOException {
        pending.add(new Pending(entry, read && entry.isFile() ? threads.submit(() -> digest(entry)) : null));
        while (pending.size() > WINDOW || isDone(pending.peekFirst())) {
            pass(pending.removeFirst());
        }
    }

    private static boolean isDone(@Nullable Pending first) {
        return first != null && (first.digest == null || first.digest.isDone());
    }

    /** Waits for all that was handed in. */
    void finish() throws IOException {
        while (!pending.isEmpty()) {
            pass(pending.removeFirst());
        }
    }

    private void pass(Pending first) throws IOException {
        if (first.digest == null) {
            taker.take(first.entry, null, null);
            return;
        }
        try {
            taker.take(first.entry, first.digest.get(), null);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof StoreException failed) {
                taker.take(first.entry, null, failed);
            } else {
                throw e.getCause() instanceof IOException failed ? failed : new IOException(e.getCause());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private Sha256 digest(ManifestEntry file) throws IOException, InterruptedException {
        turns.acquire();
        try {
            MessageDigest digest = Sha256.begin();
            long size = file.sizeBytes();
            ByteBuffer block = size == 0 ? null : read(file, 0);
            long offset = 0;
            while (block != null) {
                ByteBuffer now = block;
                offset += now.remaining();
                long next = offset;
                Future<ByteBuffer> ahead = next < size ? threads.submit(() -> read(file, next)) : null;
                int length = now.remaining();
                digest.update(now);
                buffers.add(now);
                advance.add(0, length);
                block = ahead == null ? null : ahead.get();
            }
            advance.add(1, 0);
            return Sha256.of(digest);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failed ? failed : new IOException(e.getCause());
        } finally {
            turns.release();
        }
    }

    private ByteBuffer read(ManifestEntry file, long offset) throws IOException {
        ByteBuffer held = buffers.poll();
        ByteBuffer buffer = held == null ? ByteBuffer.allocateDirect(BLOCK_BYTES) : held;
        buffer.clear().limit((int) Math.min(BLOCK_BYTES, file.sizeBytes() - offset));
        source.read(file.path(), file.version(), offset, buffer);
        return buffer.flip();
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
