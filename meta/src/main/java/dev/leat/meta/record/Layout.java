package dev.leat.meta.record;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.fs.Extent;
import dev.leat.store.BlobId;
import java.util.ArrayList;
import java.util.List;

/** Where a regular file's bytes are. What no extent covers is a hole. */
public sealed interface Layout {
    /** Most extents that a file's record carries itself. */
    int EXTENTS_MAX = 8;

    /** No bytes: an empty file, one hole, or no regular file. */
    Layout EMPTY = new Extents(List.of());

    /** All of them, in the record itself. */
    record Inline(Bytes content) implements Layout {}

    /** In a few pieces, in order, at most {@link #EXTENTS_MAX}. */
    record Extents(List<Extent> extents) implements Layout {}

    /**
     * In pieces listed at {@link Keys#page}. Whoever changes a page puts the record in the same commit, so that a record at an
     * unchanged stamp means unchanged pages.
     *
     * @param generation which of the inode's pages; a new id, leased as a blob's is, whenever all of them are written anew
     * @param pages number of pages
     * @param extents number of extents in them
     */
    record Paged(BlobId generation, int pages, long extents) implements Layout {}

    /** Appends a layout to a record. */
    static void write(Layout layout, RecordWriter out) {
        switch (layout) {
            case Inline(Bytes content) -> out.u8(1).bytes(content);
            case Extents(List<Extent> extents) -> writeExtents(extents, out.u8(2));
            case Paged(BlobId generation, int pages, long extents) ->
                out.u8(3).blob(generation).number(pages).number(extents);
        }
    }

    /** Takes a layout out of a record. */
    static Layout read(RecordReader in) {
        int kind = in.u8();
        return switch (kind) {
            case 1 -> new Inline(in.bytes());
            case 2 -> {
                List<Extent> extents = readExtents(in);
                yield extents.isEmpty() ? EMPTY : new Extents(extents);
            }
            case 3 -> new Paged(in.blob(), (int) in.number(), in.number());
            default -> throw new IllegalArgumentException("no layout is of kind " + kind);
        };
    }

    /** Appends extents to a record. */
    static void writeExtents(List<Extent> extents, RecordWriter out) {
        out.number(extents.size());
        long end = 0;
        for (Extent extent : extents) {
            out.number(extent.fileOffset() - end).number(extent.lengthBytes()).blob(extent.blob());
            out.number(extent.blobOffset()).number(extent.blobSizeBytes());
            end = extent.fileEnd();
        }
    }

    /** Takes extents out of a record. */
    static List<Extent> readExtents(RecordReader in) {
        int count = in.count();
        List<Extent> extents = new ArrayList<>(count);
        long end = 0;
        for (int i = 0; i < count; i++) {
            long offset = end + in.number();
            Extent extent = new Extent(offset, in.number(), in.blob(), in.number(), in.number());
            if (offset < end
                    || extent.lengthBytes() < 1
                    || extent.blobOffset() < 0
                    || extent.blobOffset() > extent.blobSizeBytes() - extent.lengthBytes()) {
                throw new IllegalArgumentException("an extent that cannot be: " + extent);
            }
            extents.add(extent);
            end = extent.fileEnd();
        }
        return List.copyOf(extents);
    }
}
