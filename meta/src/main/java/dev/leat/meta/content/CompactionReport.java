package dev.leat.meta.content;

/**
 * What compaction did.
 *
 * @param extentsBefore pieces that were written anew
 * @param extentsAfter pieces that they became
 * @param blobs blobs written
 * @param bytes bytes written
 */
public record CompactionReport(long extentsBefore, long extentsAfter, long blobs, long bytes) {
    /** Nothing. */
    public static final CompactionReport NONE = new CompactionReport(0, 0, 0, 0);

    /** Both together. */
    public CompactionReport plus(CompactionReport more) {
        return new CompactionReport(
                extentsBefore + more.extentsBefore,
                extentsAfter + more.extentsAfter,
                blobs + more.blobs,
                bytes + more.bytes);
    }
}
