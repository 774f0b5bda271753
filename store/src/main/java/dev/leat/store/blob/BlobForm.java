package dev.leat.store.blob;

import dev.leat.store.ObjectStore;
import org.jspecify.annotations.Nullable;

/**
 * In which form a volume keeps its blobs; settled when it is made.
 *
 * @param compression of frames
 * @param dataKey what they are encrypted with, or null
 */
public record BlobForm(Compression compression, @Nullable DataKey dataKey) {
    /** As they are. */
    public static final BlobForm PLAIN = new BlobForm(Compression.NONE, null);

    /** The blobs in a store. */
    public BlobStore open(ObjectStore store) {
        DataKey key = dataKey;
        if (compression != Compression.NONE) {
            return new CompressedBlobs(store, compression, key);
        }
        return key == null ? BlobStore.plain(store) : new SealedBlobs(store, key);
    }

    /** The blobs of an encrypted volume in a store, for who does not have the key. */
    public static BlobStore locked(Compression compression, ObjectStore store) {
        return new LockedBlobs(new BlobForm(compression, new DataKey(new byte[DataKey.BYTES])).open(store));
    }
}
