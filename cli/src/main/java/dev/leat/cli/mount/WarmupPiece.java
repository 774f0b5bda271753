package dev.leat.cli.mount;

import dev.leat.store.Blob;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A range of a blob that is fetched at once, and what of it belongs to files. The rest is padding: members of a pack begin
 * at a multiple of 4 KiB, and fetching what is between two of them costs less than a second request.
 *
 * @param blob the blob
 * @param offset where it begins, in bytes
 * @param length how long it is, in bytes
 * @param wanted the files' ranges in it by offset; they overlap where files share bytes
 */
record WarmupPiece(Blob blob, long offset, long length, List<Range> wanted) {
    /** Ranges closer than this are fetched as one: members of a pack are aligned to it. */
    private static final long GAP_BYTES = 4096;

    /** Longest range of one fetch, so that threads share large files. */
    static final long PIECE_BYTES = 16L << 20;

    /**
     * Bytes of a file.
     *
     * @param blob where they lie
     * @param offset in the blob, in bytes
     * @param length in bytes
     */
    record Range(Blob blob, long offset, long length) {
        private long end() {
            return offset + length;
        }
    }

    /** Bytes of files in it, those that several share counted for each. */
    long fileBytes() {
        return wanted.stream().mapToLong(Range::length).sum();
    }

    /** What belongs to any file, each byte once. */
    List<Range> covered() {
        List<Range> covered = new ArrayList<>();
        for (Range range : wanted) {
            Range last = covered.isEmpty() ? null : covered.getLast();
            if (last != null && range.offset <= last.end()) {
                long end = Math.max(last.end(), range.end());
                covered.set(covered.size() - 1, new Range(blob, last.offset, end - last.offset));
            } else {
                covered.add(range);
            }
        }
        return covered;
    }

    /** The pieces in which ranges are fetched: long ranges are cut, neighbours joined. */
    static List<WarmupPiece> of(List<Range> ranges) {
        List<Range> cut = new ArrayList<>();
        for (Range range : ranges) {
            for (long at = 0; at < range.length; at += PIECE_BYTES) {
                cut.add(new Range(range.blob, range.offset + at, Math.min(PIECE_BYTES, range.length - at)));
            }
        }
        cut.sort(Comparator.comparing((Range range) -> range.blob().key()).thenComparingLong(Range::offset));
        List<WarmupPiece> pieces = new ArrayList<>();
        for (Range range : cut) {
            WarmupPiece last = pieces.isEmpty() ? null : pieces.getLast();
            if (last == null || !last.takes(range)) {
                pieces.add(new WarmupPiece(range.blob, range.offset, range.length, new ArrayList<>(List.of(range))));
                continue;
            }
            last.wanted.add(range);
            long end = Math.max(last.offset + last.length, range.end());
            pieces.set(pieces.size() - 1, new WarmupPiece(last.blob, last.offset, end - last.offset, last.wanted));
        }
        return pieces;
    }

    private boolean takes(Range range) {
        return blob.key().equals(range.blob.key())
                && range.offset - (offset + length) < GAP_BYTES
                && Math.max(offset + length, range.end()) - offset <= PIECE_BYTES;
    }
}
