package dev.leat.meta.fs;

import dev.leat.meta.engine.Bytes;
import dev.leat.store.BlobId;

/** One change of a file's content, applied in order to whatever the record holds when it commits. */
public sealed interface Edit {

    /** Bytes at an offset now lie in a blob; grows the file where it must. */
    record Overlay(long fileOffset, long lengthBytes, BlobId blob, long blobOffset, long blobSizeBytes)
            implements Edit {}

    /**
     * Bytes written through O_APPEND; {@code expectedOffset} is where they went here. When another client appended
     * meanwhile, they move to the new end.
     */
    record Append(long expectedOffset, long lengthBytes, BlobId blob, long blobOffset, long blobSizeBytes)
            implements Edit {}

    /** The file's whole content, at most {@link MetaFs#INLINE_BYTES_MAX}, kept inside its record. */
    record Inline(Bytes content) implements Edit {}

    /**
     * A few bytes at an offset, not beyond {@link MetaFs#INLINE_BYTES_MAX}: they stay inside the record if all of the file's content does, and
     * are moved to a blob otherwise.
     */
    record Patch(long fileOffset, Bytes content) implements Edit {
        /** Checks the range. */
        public Patch {
            if (fileOffset < 0 || fileOffset + content.length() > MetaFs.INLINE_BYTES_MAX) {
                throw new IllegalArgumentException(
                        content.length() + " bytes at " + fileOffset + " do not fit into a record");
            }
        }
    }

    /** A hole; never grows the file. */
    record Punch(long fileOffset, long lengthBytes) implements Edit {}

    /**
     * The same bytes lie elsewhere now: what is still this piece of the old blob becomes that of the new one. Bytes that were
     * written over meanwhile stay as they are, so no order of this and other edits changes what a reader sees.
     *
     * @param source where the bytes were
     * @param blobOffset where the first of them is now
     */
    record Move(Extent source, BlobId blob, long blobOffset, long blobSizeBytes) implements Edit {}

    /** A new length: cut off, or grown by a hole. */
    record Resize(long sizeBytes) implements Edit {}
}
