package dev.leat.cache;

import dev.leat.store.BlobId;
import dev.leat.sys.FileHandle;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * The segment file of one large blob: sparse, as long as the blob, its bytes at the blob's own offsets, so that it is
 * the blob once all of it is there.
 */
final class OwnFile {
    /** The block's space is being given back just now; a fill has to do without. */
    static final long PUNCHING = -1;

    final BlobId id;
    final long sizeBytes;

    /** Where it lies; changes when it is doomed. */
    volatile Path path;

    /**
     * Per block: 0 for nothing, slot (high half) and its generation (low half), {@link #PUNCHING}, or {@link #stale}
     * space that a fill may take over and that has to be given back else.
     */
    final AtomicLongArray units;

    /** Open while needed; changed under the directory's lock and closed only after a {@link ReaderEpochs} turn. */
    volatile @Nullable FileHandle handle;

    volatile boolean pinned;

    /** Written since the last sync; changed by fills and the keeper. */
    volatile boolean dirty;

    /** Blocks with a unit; under the directory's lock. */
    int liveUnits;

    /** Bytes of its stale blocks; under the directory's lock. */
    long staleBytes;

    /** Blocks being punched; under the directory's lock. */
    int punching;

    /** Loans of it that were not given back; under the directory's lock. */
    int loans;

    /** Whether it was ever lent: somebody may have it mapped, so its space is given back by deleting it only. */
    volatile boolean lent;

    /** Whether it was given away: the cache is through with it, and it is not deleted. Under the directory's lock. */
    boolean given;

    /** Eviction clock at the last opening or blocking read, to choose which file to close. */
    volatile int lastUse;

    OwnFile(BlobId id, long sizeBytes, Path path) {
        this.id = id;
        this.sizeBytes = sizeBytes;
        this.path = path;
        this.units = new AtomicLongArray(Geometry.blocks(sizeBytes));
    }

    static long unit(int slot, int generation) {
        return (long) slot << 32 | (generation & 0xffffffffL);
    }

    static long stale(long bytes) {
        return -2 - bytes;
    }

    static long staleBytes(long unit) {
        return -2 - unit;
    }

    static int slot(long unit) {
        return (int) (unit >>> 32);
    }

    static int generation(long unit) {
        return (int) unit;
    }
}
