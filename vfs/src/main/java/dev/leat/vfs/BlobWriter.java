package dev.leat.vfs;

import dev.leat.cache.BlobCache;
import dev.leat.cache.BufferPool;
import dev.leat.meta.fs.MetaFs;
import dev.leat.store.Blob;
import dev.leat.store.BlobId;
import dev.leat.store.MultipartUpload;
import dev.leat.store.PartPlan;
import dev.leat.store.PutCondition;
import dev.leat.store.blob.BlobStore;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** Writes blobs to the store: whole ones by one PUT, large ones from a work file in parts that are sent side by side. */
final class BlobWriter implements AutoCloseable {
    private final BlobStore store;
    private final BlobCache cache;
    private final MetaFs meta;
    private final Buffers buffers;
    private final PartPlan parts;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore uploads;

    BlobWriter(BlobStore store, BlobCache cache, MetaFs meta, Buffers buffers, VfsOptions options) {
        this.store = store;
        this.cache = cache;
        this.meta = meta;
        this.buffers = buffers;
        this.parts = store.parts();
        this.uploads = new Semaphore(options.uploads());
    }

    Buffers buffers() {
        return buffers;
    }

    PartPlan parts() {
        return parts;
    }

    /** Runs uploads; virtual threads. */
    ExecutorService threads() {
        return threads;
    }

    /** Sends a whole blob that lies in memory, and keeps it in the cache. */
    void put(BlobId id, MemorySegment bytes) throws IOException {
        uploads.acquireUninterruptibly();
        try {
            store.put(id, meta.blobKey(id), bytes.asByteBuffer(), PutCondition.IF_ABSENT);
        } finally {
            uploads.release();
        }
        Blob blob = new Blob(id, meta.blobKey(id), bytes.byteSize(), null);
        cache.fill(blob, 0, bytes, 0, Math.toIntExact(bytes.byteSize()));
    }

    /** Begins a blob that is sent in parts; whoever calls this holds no buffer. */
    MultipartUpload begin(BlobId id) throws IOException {
        return store.upload(id, meta.blobKey(id));
    }

    /** Begins a blob that is sent while it is written, without waiting; null when there are too many of them. */
    @Nullable
    MultipartUpload tryStream(BlobId id) {
        return store.tryStream(id, meta.blobKey(id));
    }

    /** Sends one part out of a work file, starting at {@code fileOffset}. */
    void part(MultipartUpload upload, int number, WorkFile work, long fileOffset, int lengthBytes) throws IOException {
        uploads.acquireUninterruptibly();
        try (BufferPool.Buffer buffer = buffers.take(lengthBytes)) {
            MemorySegment bytes = buffer.segment().asSlice(0, lengthBytes);
            work.readToPublish(fileOffset, bytes, lengthBytes);
            upload.part(number, bytes.asByteBuffer());
        } finally {
            uploads.release();
        }
    }

    /** Sends {@code [start, end)} of a work file as one blob. */
    void putRange(BlobId id, WorkFile work, long start, long end) throws IOException {
        long length = end - start;
        if (length <= parts.sizeBytes(1)) {
            try (BufferPool.Buffer buffer = buffers.take((int) length)) {
                MemorySegment bytes = buffer.segment().asSlice(0, length);
                work.readToPublish(start, bytes, (int) length);
                put(id, bytes);
            }
            return;
        }
        MultipartUpload upload = begin(id);
        boolean done = false;
        try {
            List<Future<?>> sent = new ArrayList<>();
            int number = 1;
            for (long at = start; at < end; number++) {
                long from = at;
                int partNumber = number;
                int bytes = (int) Math.min(parts.sizeBytes(number), end - at);
                sent.add(threads.submit(() -> {
                    part(upload, partNumber, work, from, bytes);
                    return null;
                }));
                at += bytes;
            }
            await(sent);
            upload.complete(PutCondition.IF_ABSENT);
            done = true;
        } finally {
            if (!done) {
                abort(upload);
            }
        }
    }

    /** Waits for all, then fails with the first failure. */
    static void await(List<Future<?>> futures) throws IOException {
        IOException failure = null;
        for (Future<?> future : futures) {
            try {
                future.get();
            } catch (ExecutionException e) {
                Throwable cause = e.getCause();
                failure = failure != null ? failure : asIoException(cause == null ? e : cause);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                failure = new IOException("interrupted while uploading", e);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    static IOException asIoException(Throwable cause) {
        return cause instanceof IOException io ? io : new IOException(String.valueOf(cause.getMessage()), cause);
    }

    /** Gives an upload up; what it leaves is aborted by garbage collection when this fails too. */
    static void abort(MultipartUpload upload) {
        try {
            upload.abort();
        } catch (IOException e) {
            org.slf4j.LoggerFactory.getLogger(BlobWriter.class)
                    .warn("could not abort upload {}: {}; leat gc will", upload.id(), e.getMessage());
        }
    }

    @Override
    public void close() {
        threads.close();
    }
}
