package dev.leat.meta.content;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.fs.Edit;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.MetaFs;
import dev.leat.store.BlobId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A file's content with edits applied: the pure half of a publication.
 *
 * <p>Content inside the record is treated as an extent of a blob that does not exist, {@link #IN_RECORD}; when the edits leave some of it
 * beside real extents it must be moved to a blob of its own ({@link #contentToSpill}).
 */
final class EditedContent {
    /** Stands for the bytes inside the record. No session has the id 0. */
    static final BlobId IN_RECORD = new BlobId(0, 0);

    /** A range of a file, from inclusive, to exclusive. */
    record Range(long from, long to) {}

    private final ExtentMap extents;
    private long sizeBytes;
    private @Nullable Bytes inRecord;

    private EditedContent(long sizeBytes, List<Extent> extents) {
        this.sizeBytes = sizeBytes;
        this.extents = new ExtentMap(extents);
    }

    /** A file whose record holds these extents, or whose pages that matter do. */
    static EditedContent of(long sizeBytes, List<Extent> extents) {
        return new EditedContent(sizeBytes, extents);
    }

    /** A file whose record holds its content. */
    static EditedContent of(Bytes content) {
        EditedContent edited = new EditedContent(0, List.of());
        edited.setInline(content);
        return edited;
    }

    /**
     * Applies one edit.
     *
     * @param moved whether the record is another than the edit was made on, so that appended bytes go to its end
     */
    void apply(Edit edit, boolean moved) {
        switch (edit) {
            case Edit.Overlay(long offset, long length, BlobId blob, long blobOffset, long blobSize) ->
                put(new Extent(offset, length, blob, blobOffset, blobSize));
            case Edit.Append(long expected, long length, BlobId blob, long blobOffset, long blobSize) ->
                put(new Extent(moved ? sizeBytes : expected, length, blob, blobOffset, blobSize));
            case Edit.Move move -> move(move);
            case Edit.Inline(Bytes content) -> setInline(content);
            case Edit.Patch(long offset, Bytes content) -> patch((int) offset, content);
            case Edit.Punch(long offset, long length) -> extents.cut(offset, end(offset, length));
            case Edit.Resize(long size) -> {
                extents.cut(size, Long.MAX_VALUE);
                sizeBytes = size;
            }
        }
    }

    /** The file's length now. */
    long sizeBytes() {
        return sizeBytes;
    }

    /** The extents now, {@link #IN_RECORD} among them. */
    ExtentMap extents() {
        return extents;
    }

    /** By how many bytes references to each real blob changed. */
    Map<BlobId, Long> deltas() {
        Map<BlobId, Long> deltas = extents.deltas();
        deltas.remove(IN_RECORD);
        return deltas;
    }

    /**
     * The content as it lies in the record, when there is some and all of it fits there.
     *
     * @return null when the file has none of its content in the record, or must not keep it there
     */
    @Nullable
    Bytes inline() {
        if (inRecord == null || sizeBytes > MetaFs.INLINE_BYTES_MAX || !holds(true) || holds(false)) {
            return null;
        }
        byte[] content = new byte[(int) sizeBytes];
        for (Extent extent : extents.all()) {
            System.arraycopy(
                    inRecord.unsafeArray(), (int) extent.blobOffset(), content, (int) extent.fileOffset(), (int)
                            extent.lengthBytes());
        }
        return Bytes.wrap(content);
    }

    /** Bytes of the record that real extents or a great length drive out of it: to be put into a blob and handed to {@link #spilled}; null if there are none. */
    @Nullable
    Bytes contentToSpill() {
        return holds(true) && inline() == null ? inRecord : null;
    }

    /** The blob that now holds {@link #contentToSpill}. */
    void spilled(BlobId blob) {
        Bytes content = inRecord;
        if (content != null) {
            extents.replace(IN_RECORD, blob, content.length());
            inRecord = null;
        }
    }

    /**
     * Index of the last edit after which nothing of the earlier content is left, -1 if there is none.
     */
    static int lastReset(List<Edit> edits) {
        for (int i = edits.size() - 1; i >= 0; i--) {
            if (edits.get(i) instanceof Edit.Inline || (edits.get(i) instanceof Edit.Resize(long size) && size == 0)) {
                return i;
            }
        }
        return -1;
    }

    /** The ranges whose extents some edits need to know, in ascending order, neighbours joined. */
    static List<Range> touched(long sizeBytes, List<Edit> edits, boolean moved) {
        EditedContent sizes = of(sizeBytes, List.of());
        List<Range> ranges = new ArrayList<>();
        for (Edit edit : edits) {
            long sizeBefore = sizes.sizeBytes;
            sizes.apply(edit, moved);
            switch (edit) {
                case Edit.Overlay overlay ->
                    ranges.add(new Range(overlay.fileOffset(), overlay.fileOffset() + overlay.lengthBytes()));
                case Edit.Append append -> {
                    long from = moved ? sizeBefore : append.expectedOffset();
                    ranges.add(new Range(from, from + append.lengthBytes()));
                }
                case Edit.Move(Extent source, BlobId blob, long blobOffset, long blobSize) ->
                    ranges.add(new Range(source.fileOffset(), Math.min(sizeBefore, source.fileEnd())));
                case Edit.Inline inline -> ranges.add(new Range(0, Long.MAX_VALUE));
                case Edit.Patch(long offset, Bytes content) -> ranges.add(new Range(offset, offset + content.length()));
                case Edit.Punch punch ->
                    ranges.add(new Range(
                            punch.fileOffset(), Math.min(sizeBefore, end(punch.fileOffset(), punch.lengthBytes()))));
                case Edit.Resize resize -> {
                    if (resize.sizeBytes() < sizeBefore) {
                        ranges.add(new Range(resize.sizeBytes(), Long.MAX_VALUE));
                    }
                }
            }
        }
        return joined(ranges);
    }

    private static List<Range> joined(List<Range> ranges) {
        List<Range> sorted = new ArrayList<>(ranges);
        sorted.removeIf(range -> range.from() >= range.to());
        sorted.sort(java.util.Comparator.comparingLong(Range::from));
        List<Range> joined = new ArrayList<>();
        for (Range range : sorted) {
            Range last = joined.isEmpty() ? null : joined.getLast();
            if (last != null && range.from() <= last.to()) {
                joined.set(joined.size() - 1, new Range(last.from(), Math.max(last.to(), range.to())));
            } else {
                joined.add(range);
            }
        }
        return joined;
    }

    private void move(Edit.Move move) {
        Extent source = move.source();
        for (Extent piece : extents.within(source.fileOffset(), source.fileEnd())) {
            long shift = piece.fileOffset() - source.fileOffset();
            if (piece.blob().equals(source.blob()) && piece.blobOffset() == source.blobOffset() + shift) {
                put(new Extent(
                        piece.fileOffset(),
                        piece.lengthBytes(),
                        move.blob(),
                        move.blobOffset() + shift,
                        move.blobSizeBytes()));
            }
        }
    }

    private void put(Extent extent) {
        extents.put(extent);
        sizeBytes = Math.max(sizeBytes, extent.fileEnd());
    }

    private void setInline(Bytes content) {
        extents.cut(0, Long.MAX_VALUE);
        sizeBytes = content.length();
        inRecord = content;
        if (content.length() > 0) {
            extents.put(new Extent(0, content.length(), IN_RECORD, 0, content.length()));
        }
    }

    /** Bytes in the record lie there at their offsets in the file, so old and new ones form one string. */
    private void patch(int offset, Bytes content) {
        if (content.length() == 0) {
            return;
        }
        Bytes before = inRecord == null ? Bytes.EMPTY : inRecord;
        byte[] after = Arrays.copyOf(before.unsafeArray(), Math.max(before.length(), offset + content.length()));
        System.arraycopy(content.unsafeArray(), 0, after, offset, content.length());
        inRecord = Bytes.wrap(after);
        put(new Extent(offset, content.length(), IN_RECORD, offset, after.length));
    }

    private boolean holds(boolean bytesInRecord) {
        return extents.all().stream().anyMatch(extent -> extent.blob().equals(IN_RECORD) == bytesInRecord);
    }

    private static long end(long offset, long length) {
        long end = offset + length;
        return end < 0 ? Long.MAX_VALUE : end;
    }
}
