package dev.leat.dataset.read;

import dev.leat.cache.BlobCache;
import dev.leat.dataset.index.TreeIndex;
import dev.leat.dataset.source.EntryKind;
import dev.leat.store.Blob;
import dev.leat.vfs.ReadStreams;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The files of a sealed version, read by their rows: nobody opens or closes them. What is needed to read one is made at its first
 * read and kept as long as no other file needs its place, so that memory is the same however many files there are.
 */
public final class SealedFiles {
    /** Furthest that reading ahead runs before one reader. */
    private static final long AHEAD_BYTES = 32L << 20;

    /** Files that are remembered; a power of two. */
    private static final int PLACES = 8_192;

    private final TreeIndex index;
    private final BlobCache cache;
    private final SealedOrigin origin;
    private final AtomicReferenceArray<@Nullable Reading> places = new AtomicReferenceArray<>(PLACES);

    /** A file that is being read; without a blob if it has no bytes. */
    private record Reading(int row, @Nullable Blob blob, ReadStreams streams) {}

    /** Files of {@code index} whose bytes come from {@code cache}, which ends at {@code origin}. */
    public SealedFiles(TreeIndex index, BlobCache cache, SealedOrigin origin) {
        this.index = index;
        this.cache = cache;
        this.origin = origin;
    }

    private static int place(int row) {
        return row & (PLACES - 1);
    }

    /**
     * Reads without waiting.
     *
     * @return bytes read, or -1 if that would have to wait
     */
    public int tryRead(int row, long offset, MemorySegment to, int lengthBytes) {
        Reading file = places.get(place(row));
        if (file == null || file.row != row) {
            return -1;
        }
        Blob blob = file.blob;
        if (blob == null || offset >= blob.sizeBytes()) {
            return 0;
        }
        int length = (int) Math.min(lengthBytes, blob.sizeBytes() - offset);
        if (!cache.tryRead(blob, offset, to, 0, length)) {
            return -1;
        }
        readAhead(file, blob, offset, length);
        return length;
    }

    /**
     * Reads up to {@code lengthBytes} bytes; fewer only at the end of the file.
     *
     * @return bytes read, or -1 if the row is no file
     */
    public int read(int row, long offset, MemorySegment to, int lengthBytes) throws IOException {
        Reading file = reading(row);
        if (file == null) {
            return -1;
        }
        Blob blob = file.blob;
        if (blob == null || offset >= blob.sizeBytes()) {
            return 0;
        }
        int length = (int) Math.min(lengthBytes, blob.sizeBytes() - offset);
        readAhead(file, blob, offset, length);
        cache.read(blob, offset, to, 0, length);
        return length;
    }

    private @Nullable Reading reading(int row) {
        Reading known = places.get(place(row));
        if (known != null && known.row == row) {
            return known;
        }
        if (index.kind(row) != EntryKind.FILE) {
            return null;
        }
        Blob blob = index.sizeBytes(row) == 0 ? null : origin.blob(row);
        Reading made = new Reading(row, blob, new ReadStreams(AHEAD_BYTES));
        places.set(place(row), made);
        return made;
    }

    private void readAhead(Reading file, Blob blob, long offset, int length) {
        ReadStreams.Range wanted = file.streams.read(offset, length, blob.sizeBytes());
        if (wanted != null) {
            cache.prefetch(blob, wanted.from(), wanted.to() - wanted.from());
        }
    }
}
