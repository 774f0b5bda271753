package dev.leat.store;

import org.jspecify.annotations.Nullable;

/**
 * An object as a listing or a HEAD shows it.
 *
 * @param key key relative to the store's prefix
 * @param sizeBytes length of its bytes
 * @param etag validator, changed whenever the bytes change; opaque
 * @param modifiedEpochMs last change by the store's own clock, in milliseconds since 1970; never compared with another
 *     host's clock
 * @param versionId the object's version where the bucket keeps versions, else null
 */
public record ObjectInfo(
        String key,
        long sizeBytes,
        String etag,
        long modifiedEpochMs,
        @Nullable String versionId) {}
