package dev.leat.meta.fs;

import dev.leat.store.BlobId;

/**
 * A piece of a file that lies in a blob. Extents of a file are ordered and never overlap; what none covers is a hole.
 *
 * @param fileOffset first byte in the file
 * @param lengthBytes at least 1
 * @param blob where the bytes lie
 * @param blobOffset first byte in the blob
 * @param blobSizeBytes the whole blob's size, so that a reader needs no other record
 */
public record Extent(long fileOffset, long lengthBytes, BlobId blob, long blobOffset, long blobSizeBytes) {
    /** One past the last byte in the file. */
    public long fileEnd() {
        return fileOffset + lengthBytes;
    }
}
