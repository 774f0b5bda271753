package dev.leat.store.blob;

import dev.leat.store.Blob;
import dev.leat.store.BlobId;
import dev.leat.store.MultipartUpload;
import dev.leat.store.PartPlan;
import dev.leat.store.PutCondition;
import dev.leat.store.StoreException;
import java.nio.ByteBuffer;

/** The blobs of an encrypted volume for who does not have its key: their sizes can be compared, and nothing else. */
final class LockedBlobs implements BlobStore {
    private final BlobStore form;

    /** {@code form} tells sizes. */
    LockedBlobs(BlobStore form) {
        this.form = form;
    }

    private static StoreException locked(String key) {
        return new StoreException(
                StoreException.Kind.DENIED,
                "'" + key
                        + "' belongs to an encrypted volume; give its key with --encrypt-key or --encrypt-passphrase-file");
    }

    @Override
    public PartPlan parts() {
        return form.parts();
    }

    @Override
    public void put(BlobId id, String key, ByteBuffer bytes, PutCondition condition) throws StoreException {
        throw locked(key);
    }

    @Override
    public MultipartUpload upload(BlobId id, String key) throws StoreException {
        throw locked(key);
    }

    @Override
    public @org.jspecify.annotations.Nullable MultipartUpload tryStream(BlobId id, String key) {
        return null;
    }

    @Override
    public void read(Blob blob, long offset, ByteBuffer destination) throws StoreException {
        throw locked(blob.key());
    }

    @Override
    public boolean fits(long sizeBytes, long objectBytes) {
        return form.fits(sizeBytes, objectBytes);
    }
}
