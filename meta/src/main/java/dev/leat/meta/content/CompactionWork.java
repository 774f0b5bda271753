package dev.leat.meta.content;

import dev.leat.meta.fs.Extent;
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
}
