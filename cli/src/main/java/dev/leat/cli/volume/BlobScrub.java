package dev.leat.cli.volume;

import dev.leat.meta.content.BlobKeys;
import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.Value;
import dev.leat.meta.record.BlobRecord;
import dev.leat.meta.record.Keys;
import dev.leat.meta.session.Reader;
import dev.leat.meta.session.SessionSpec;
import dev.leat.store.Blob;
import dev.leat.store.BlobId;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import dev.leat.store.blob.BlobStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * Reads every byte that a volume has in its store. What is compressed or encrypted is compared with its checksums; what is
 * neither has none, and must only be there.
 */
final class BlobScrub {
    private static final int PAGE = 1_000;
    private static final int THREADS = 8;

    /** As much as a mount asks for at once. */
    private static final int RANGE_BYTES = 4 << 20;

    private final Reader reader;
    private final BlobStore blobs;
    private final BlobKeys keys;
    private final AtomicLong readBytes = new AtomicLong();

    /**
     * What was found.
     *
     * @param readBytes of blobs
     * @param damaged a line for each damaged blob
     */
    record Result(long readBytes, List<String> damaged) {}

    BlobScrub(OpenVolume volume, BlobStore blobs) {
        this.reader = new Reader(volume.engine(), SessionSpec.REQUEST_DEADLINE_DEFAULT);
        this.blobs = blobs;
        this.keys = new BlobKeys(volume.record().uuid());
    }

    /**
     * Reads all blobs; clients may go on working.
     *
     * @param progress told the number of bytes read so far, now and then
     * @throws IOException when the metadata cannot be read, or the store gives no answer
     */
    Result run(LongConsumer progress) throws IOException {
        List<String> damaged = new ArrayList<>();
        ArrayBlockingQueue<ByteBuffer> buffers = new ArrayBlockingQueue<>(THREADS);
        for (int i = 0; i < THREADS; i++) {
            buffers.add(ByteBuffer.allocateDirect(RANGE_BYTES));
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(
                THREADS, Thread.ofPlatform().daemon().name("scrub-", 0).factory())) {
            Bytes after = null;
            List<Map.Entry<Key, Value>> rows;
            do {
                rows = reader.scan(Keys.blobs(), after, PAGE);
                List<Future<List<String>>> checks = new ArrayList<>();
                for (Map.Entry<Key, Value> row : rows) {
                    after = row.getKey().name();
                    BlobId id = Keys.blobIn(after);
                    long sizeBytes = BlobRecord.decode(row.getValue().bytes()).sizeBytes();
                    Blob blob = new Blob(id, keys.key(id), sizeBytes, null);
                    checks.add(threads.submit(() -> {
                        ByteBuffer buffer = buffers.take();
                        try {
                            return check(blob, buffer);
                        } finally {
                            buffers.add(buffer);
                        }
                    }));
                }
                for (Future<List<String>> check : checks) {
                    damaged.addAll(get(check));
                    progress.accept(readBytes.get());
                }
            } while (rows.size() == PAGE);
        }
        return new Result(readBytes.get(), damaged);
    }

    private static List<String> get(Future<List<String>> check) throws IOException {
        try {
            return check.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while reading blobs", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IOException("cannot check a blob: " + e.getCause(), e);
        }
    }

    /** What is wrong with a blob, or nothing. */
    private List<String> check(Blob blob, ByteBuffer buffer) throws IOException {
        List<String> damaged = new ArrayList<>();
        for (long at = 0; at < blob.sizeBytes(); at += RANGE_BYTES) {
            buffer.clear().limit((int) Math.min(RANGE_BYTES, blob.sizeBytes() - at));
            int length = buffer.remaining();
            try {
                blobs.read(blob, at, buffer);
                readBytes.addAndGet(length);
            } catch (StoreException e) {
                boolean gone = e.kind() == Kind.NOT_FOUND;
                if (!gone && e.kind() != Kind.CORRUPT && e.kind() != Kind.INVALID) {
                    throw e;
                }
                // A client may have removed it since.
                if (!gone || isLive(blob.id())) {
                    damaged.add("DAMAGED blob " + blob.id() + ": " + e.getMessage());
                }
                return damaged;
            }
        }
        return damaged;
    }

    private boolean isLive(BlobId id) throws IOException {
        Key key = Keys.blob(id);
        return reader.get(key) != null;
    }
}
