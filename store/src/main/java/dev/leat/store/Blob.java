package dev.leat.store;

import org.jspecify.annotations.Nullable;

/**
 * A blob and where it lies.
 *
 * @param id its name in caches and metadata
 * @param key its key in the store
 * @param sizeBytes its length, at least 1
 * @param etag the validator its object must still have, or null where the store never changes under us (Leat's own
 *     objects)
 */
public record Blob(
        BlobId id, String key, long sizeBytes, @Nullable String etag) {}
