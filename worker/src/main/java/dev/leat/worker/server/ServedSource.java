package dev.leat.worker.server;

import dev.leat.cache.BlobSource;
import dev.leat.store.Blob;

/**
 * What a worker fetches from: a volume's store or data in place, opened with the worker's own credentials.
 *
 * @param identity how clients call it: the same name that their caches have for it
 * @param bytes where blobs are read
 * @param naming tells a blob that the source may have from one that it cannot
 */
public record ServedSource(String identity, BlobSource bytes, Naming naming) {

    /** Knows how a source names its blobs, so that no client can have one blob's bytes kept under another's name. */
    @FunctionalInterface
    public interface Naming {
        /** Whether the blob's id is that of its key and validator. */
        boolean fits(Blob blob);
    }
}
