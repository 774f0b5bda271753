package dev.leat.store.blob;

import dev.leat.store.ObjectStore;

/**
 * In which form a volume keeps its blobs; settled when it is made.
 *
 * @param compression of frames
 */
public record BlobForm(Compression compression) {
    /** As they are. */
    public static final BlobForm PLAIN = new BlobForm(Compression.NONE);

    /** The blobs in a store. */
    public BlobStore open(ObjectStore store) {
        return compression == Compression.NONE ? BlobStore.plain(store) : new CompressedBlobs(store, compression, null);
    }
}
