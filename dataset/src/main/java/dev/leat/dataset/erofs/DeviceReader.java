package dev.leat.dataset.erofs;

import dev.leat.cache.BlobCache;
import dev.leat.store.Blob;
import dev.leat.vfs.ReadStreams;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of shared devices: those of each file at its place, zeros behind it up to the next one. Never fewer than asked for:
 * some kernels take what is missing for zeros.
 */
public final class DeviceReader {
    /** Furthest that reading ahead runs before one reader of a file, in bytes. */
    private static final long AHEAD_BYTES = 32L << 20;

    /** Files that were read lately: their blobs and who reads where. A power of two. */
    private static final int RECENT = 1024;

    /** Larger files, of which many reads follow, and how many of them are looked through at each read. */
    private static final long STREAMED_BYTES = 1L << 20;

    private static final int STREAMED = 16;

    private final Extents extents;
    private final SealedTree tree;
    private final BlobCache cache;
    private final AtomicReferenceArray<@Nullable Recent> recent = new AtomicReferenceArray<>(RECENT);
    private final AtomicReferenceArray<@Nullable Recent> streamed = new AtomicReferenceArray<>(STREAMED);
    private final AtomicInteger nextStreamed = new AtomicInteger();

    private record Recent(long ordinal, int device, long startBytes, Blob blob, ReadStreams streams) {
        /** Whether a range lies in it, or in the rest of its last block. */
        boolean holds(long offset, int lengthBytes) {
            long end = startBytes + (Layout.blocks(blob.sizeBytes()) << Layout.BLOCK_SHIFT);
            return offset >= startBytes && offset + lengthBytes <= end;
        }
    }

    /** Reads the files of {@code tree} through {@code cache}, laid out as {@code extents} says. */
    public DeviceReader(Extents extents, SealedTree tree, BlobCache cache) {
        this.extents = extents;
        this.tree = tree;
        this.cache = cache;
    }

    /**
     * Reads without waiting: what lies in one of the larger files that are being read. Of others it would have to be found out first
     * which they are, and that may be on a disk.
     *
     * @param device its number, from 1
     * @return whether all bytes were at hand; if not, {@code to} holds nothing of use
     */
    public boolean tryRead(int device, long offset, MemorySegment to, int lengthBytes) {
        for (int i = 0; i < STREAMED; i++) {
            Recent file = streamed.get(i);
            if (file != null && file.device == device && file.holds(offset, lengthBytes)) {
                long inFile = offset - file.startBytes;
                int length = Math.clamp(file.blob.sizeBytes() - inFile, 0, lengthBytes);
                if (!cache.tryRead(file.blob, inFile, to, 0, length)) {
                    return false;
                }
                to.asSlice(length, lengthBytes - length).fill((byte) 0);
                readAhead(file, inFile, length);
                return true;
            }
        }
        return false;
    }

    /**
     * Reads, all that was asked for.
     *
     * @throws IOException if the bytes of a file cannot be had
     */
    public void read(int device, long offset, MemorySegment to, int lengthBytes) throws IOException {
        long at = offset;
        long end = offset + lengthBytes;
        long ordinal = extents.find(device, at >>> Layout.BLOCK_SHIFT);
        while (at < end) {
            if (ordinal >= 0) {
                Recent file = file(ordinal);
                int length = within(file, at, end);
                if (length > 0) {
                    readAhead(file, at - file.startBytes, length);
                    cache.read(file.blob, at - file.startBytes, to, at - offset, length);
                    at += length;
                }
            }
            at = fill(device, ++ordinal, at, end, to, offset);
        }
    }

    /** The path of the file that a place on a device belongs to; null if nothing is there. */
    public @Nullable String path(int device, long offset) throws IOException {
        long ordinal = extents.find(device, offset >>> Layout.BLOCK_SHIFT);
        return ordinal < 0 ? null : file(ordinal).blob.key();
    }

    /** The bytes of a file in a range. */
    private static int within(Recent file, long at, long end) {
        return (int) Math.clamp(file.startBytes + file.blob.sizeBytes() - at, 0, end - at);
    }

    /** Zeros up to where the next file begins. */
    private long fill(int device, long next, long at, long end, MemorySegment to, long offset) {
        boolean follows = next < extents.count() && extents.device(next) == device;
        long until = follows ? Math.min(end, extents.startBytes(next)) : end;
        if (until <= at) {
            return at;
        }
        to.asSlice(at - offset, until - at).fill((byte) 0);
        return until;
    }

    private void readAhead(Recent file, long offset, int length) {
        ReadStreams.Range wanted = file.streams.read(offset, length, file.blob.sizeBytes());
        if (wanted != null) {
            cache.prefetch(file.blob, wanted.from(), wanted.to() - wanted.from());
        }
    }

    private Recent file(long ordinal) throws IOException {
        int place = (int) ordinal & (RECENT - 1);
        Recent seen = recent.get(place);
        if (seen != null && seen.ordinal == ordinal) {
            return seen;
        }
        Recent fresh = new Recent(
                ordinal,
                extents.device(ordinal),
                extents.startBytes(ordinal),
                tree.blob(extents.reference(ordinal)),
                new ReadStreams(AHEAD_BYTES));
        recent.set(place, fresh);
        if (fresh.blob.sizeBytes() >= STREAMED_BYTES) {
            streamed.set(Math.floorMod(nextStreamed.getAndIncrement(), STREAMED), fresh);
        }
        return fresh;
    }
}
