package dev.leat.store.blob;

import dev.leat.store.Blob;
import dev.leat.store.BlobId;
import dev.leat.store.MultipartUpload;
import dev.leat.store.ObjectStore;
import dev.leat.store.PartPlan;
import dev.leat.store.PutCondition;
import dev.leat.store.StoreException;
import java.nio.ByteBuffer;

/** Blobs as they are: every call is one of the store's own. */
final class PlainBlobs implements BlobStore {
    private final ObjectStore store;

    PlainBlobs(ObjectStore store) {
        this.store = store;
    }

    @Override
    public PartPlan parts() {
        return PartPlan.of(store.capabilities(), BlobParts.BYTES);
    }

    @Override
    public void put(BlobId id, String key, ByteBuffer bytes, PutCondition condition) throws StoreException {
        store.put(key, bytes, condition);
    }

    @Override
    public MultipartUpload upload(BlobId id, String key) throws StoreException {
        return store.upload(key);
    }

    @Override
    public MultipartUpload tryStream(BlobId id, String key) {
        return new LazyUpload(store, key);
    }

    @Override
    public void read(Blob blob, long offset, ByteBuffer destination) throws StoreException {
        store.get(blob.key(), offset, destination, blob.etag());
    }

    @Override
    public boolean fits(long sizeBytes, long objectBytes) {
        return sizeBytes == objectBytes;
    }
}
