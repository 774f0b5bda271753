package dev.leat.vfs;

import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.MetaFs;
import dev.leat.store.Blob;
import java.util.List;

/**
 * The extents of (part of) a file, laid out for reading: sorted arrays searched without allocating. Immutable.
 */
final class ExtentMap {
    /** No extents: all hole. */
    static final ExtentMap EMPTY = new ExtentMap(new long[0], new long[0], new long[0], new Blob[0]);

    private final long[] starts;
    private final long[] ends;
    private final long[] blobOffsets;
    private final Blob[] blobs;

    private ExtentMap(long[] starts, long[] ends, long[] blobOffsets, Blob[] blobs) {
        this.starts = starts;
        this.ends = ends;
        this.blobOffsets = blobOffsets;
        this.blobs = blobs;
    }

    static ExtentMap of(List<Extent> extents, MetaFs meta) {
        int n = extents.size();
        if (n == 0) {
            return EMPTY;
        }
        ExtentMap map = new ExtentMap(new long[n], new long[n], new long[n], new Blob[n]);
        for (int i = 0; i < n; i++) {
            Extent extent = extents.get(i);
            map.starts[i] = extent.fileOffset();
            map.ends[i] = extent.fileEnd();
            map.blobOffsets[i] = extent.blobOffset();
            map.blobs[i] = new Blob(extent.blob(), meta.blobKey(extent.blob()), extent.blobSizeBytes(), null);
        }
        return map;
    }

    int size() {
        return starts.length;
    }

    /** Index of the extent that holds {@code offset}, or {@code -1 - i} where {@code i} is the next one after it. */
    int find(long offset) {
        int low = 0;
        int high = starts.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (ends[middle] <= offset) {
                low = middle + 1;
            } else if (starts[middle] > offset) {
                high = middle - 1;
            } else {
                return middle;
            }
        }
        return -1 - low;
    }

    long start(int index) {
        return starts[index];
    }

    long end(int index) {
        return ends[index];
    }

    Blob blob(int index) {
        return blobs[index];
    }

    /** Where byte {@code fileOffset} of the file, inside extent {@code index}, lies in its blob. */
    long blobOffset(int index, long fileOffset) {
        return blobOffsets[index] + (fileOffset - starts[index]);
    }
}
