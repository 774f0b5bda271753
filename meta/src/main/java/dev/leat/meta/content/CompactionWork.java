package dev.leat.meta.content;

import dev.leat.meta.fs.Extent;
import java.util.ArrayList;
import java.util.List;

/**
 * Pieces of a file that are worth writing anew: they lie in blobs most of which nobody needs any more, or are many and small.
 *
 * @param ino the file
 * @param extents the pieces as they were when the plan was made, in order
 */
public record CompactionWork(long ino, List<Extent> extents) {
    /** Copies the list. */
    public CompactionWork {
        extents = List.copyOf(extents);
    }

    /** Bytes to be written. */
    public long bytes() {
        return ExtentMap.coveredBytes(extents);
    }

    /** Cuts ordered pieces so that each part fits into one blob. */
    static List<List<Extent>> cut(List<Extent> extents) {
        List<List<Extent>> parts = new ArrayList<>();
        List<Extent> part = new ArrayList<>();
        long bytes = 0;
        for (Extent extent : extents) {
            for (long from = extent.fileOffset(); from < extent.fileEnd(); from += Compactor.BLOB_BYTES_MAX) {
                Extent piece = ExtentMap.slice(List.of(extent), from, from + Compactor.BLOB_BYTES_MAX)
                        .getFirst();
                if (bytes + piece.lengthBytes() > Compactor.BLOB_BYTES_MAX) {
                    parts.add(part);
                    part = new ArrayList<>();
                    bytes = 0;
                }
                part.add(piece);
                bytes += piece.lengthBytes();
            }
        }
        if (!part.isEmpty()) {
            parts.add(part);
        }
        return parts;
    }
}
