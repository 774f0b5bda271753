package dev.leat.meta.fs;

import dev.leat.store.BlobId;

/**
 * A blob that is complete in the store and about to be referenced.
 *
 * @param id its name, from {@link MetaFs#newBlob}
 * @param sizeBytes its length
 */
public record NewBlob(BlobId id, long sizeBytes) {}
