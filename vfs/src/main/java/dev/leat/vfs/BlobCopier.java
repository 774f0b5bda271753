package dev.leat.vfs;

import dev.leat.cache.BlobCache;
import dev.leat.cache.BufferPool;
import dev.leat.meta.content.Compactor;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.store.Blob;
import dev.leat.store.BlobId;
import dev.leat.store.MultipartUpload;
import dev.leat.store.PutCondition;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/**
 * Moves bytes for compaction: reads pieces through the cache, as any reader does, and writes them as one blob.
 *
 * <p>Memory is one part of an upload for each copy under way, of which few are under way at a time however many threads ask.
 */
final class BlobCopier implements Compactor.Host {
    /** Pieces read at the same time for one part: most are small, so that latency counts and not bandwidth. */
    private static final int READS = 16;

    /** Parts in the making at the same time; readers of the mount need buffers as well. */
    private static final int PARTS = 4;

    private final BlobCache cache;
    private final BlobWriter writer;
    private final MetaFs meta;
    private final Inodes inodes;
    private final Semaphore making;
    private final Pacer pacer;

    BlobCopier(BlobCache cache, BlobWriter writer, MetaFs meta, Inodes inodes, long memoryBytes, Pacer pacer) {
        this.cache = cache;
        this.writer = writer;
        this.meta = meta;
        this.inodes = inodes;
        this.making = new Semaphore(Math.clamp(memoryBytes / BufferPool.MAX_BYTES / 4, 1, PARTS));
        this.pacer = pacer;
    }

    @Override
    public void copy(BlobId blob, long sizeBytes, List<Compactor.Piece> pieces) throws IOException {
        int partBytes = Math.min(BufferPool.MAX_BYTES, writer.parts().sizeBytes(1));
        if (sizeBytes <= partBytes) {
            part(pieces, 0, (int) sizeBytes, bytes -> writer.put(blob, bytes));
            return;
        }
        MultipartUpload upload = writer.begin(blob);
        boolean done = false;
        try {
            int number = 1;
            for (long at = 0; at < sizeBytes; at += partBytes, number++) {
                int partNumber = number;
                int length = (int) Math.min(partBytes, sizeBytes - at);
                part(pieces, at, length, bytes -> upload.part(partNumber, bytes.asByteBuffer()));
            }
            upload.complete(PutCondition.IF_ABSENT);
            done = true;
        } finally {
            if (!done) {
                BlobWriter.abort(upload);
            }
        }
    }

    @Override
    public void moved(long ino) throws FsException {
        OpenInode file = inodes.get(ino);
        if (file != null) {
            inodes.revalidate(file);
        }
    }

    private interface Sink {
        void take(MemorySegment bytes) throws IOException;
    }

    /** Gathers {@code length} bytes of the new blob from {@code start} on. */
    private void part(List<Compactor.Piece> pieces, long start, int length, Sink sink) throws IOException {
        pacer.take(length);
        making.acquireUninterruptibly();
        try (BufferPool.Buffer buffer = writer.buffers().take(length)) {
            MemorySegment bytes = buffer.segment().asSlice(0, length);
            // What lies between two members belongs to nobody.
            bytes.fill((byte) 0);
            Semaphore reading = new Semaphore(READS);
            List<Future<?>> reads = new ArrayList<>();
            for (Compactor.Piece piece : pieces) {
                long from = Math.max(start, piece.blobOffset());
                long to = Math.min(
                        start + length, piece.blobOffset() + piece.source().lengthBytes());
                if (from < to) {
                    reading.acquireUninterruptibly();
                    reads.add(writer.threads().submit(() -> {
                        try {
                            read(piece, from, to, bytes, from - start);
                        } finally {
                            reading.release();
                        }
                        return null;
                    }));
                }
            }
            // All have ended before the buffer goes back, also after a failure.
            BlobWriter.await(reads);
            sink.take(bytes);
        } finally {
            making.release();
        }
    }

    private void read(Compactor.Piece piece, long from, long to, MemorySegment bytes, long at) throws IOException {
        Extent source = piece.source();
        Blob blob = new Blob(source.blob(), meta.blobKey(source.blob()), source.blobSizeBytes(), null);
        cache.read(blob, source.blobOffset() + from - piece.blobOffset(), bytes, at, (int) (to - from));
    }
}
