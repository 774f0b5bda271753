package dev.leat.meta.fs;

import dev.leat.store.BlobId;

/**
 * A blob id in the making: garbage collection leaves its object alone until the lease is closed, which is after the commit that references it, or after its
 * upload was given up.
 */
public interface BlobLease extends AutoCloseable {
    /** The new blob's name. */
    BlobId id();

    @Override
    void close();
}
