package dev.leat.dataset.read;

import dev.leat.cache.BlobSource;
import dev.leat.dataset.index.TreeIndex;
import dev.leat.dataset.manifest.Sha256;
import dev.leat.store.Blob;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;

/**
 * The files of a sealed version where they lie. A file that comes whole in one piece is compared with its digest, if the version
 * has digests, before anybody sees a byte of it; of larger ones {@code leat dataset verify --full} tells.
 */
public final class SealedOrigin implements BlobSource {
    private final InPlace origin;
    private final TreeIndex index;

    /** Reads from {@code origin} what {@code index} names. */
    public SealedOrigin(InPlace origin, TreeIndex index) {
        this.origin = origin;
        this.index = index;
    }

    /** The blob of a file that is not empty. */
    Blob blob(int row) {
        return origin.blob(index.path(row), index.version(row));
    }

    @Override
    public void read(Blob blob, long offset, MemorySegment destination, long destinationOffset, int lengthBytes)
            throws IOException {
        origin.read(blob, offset, destination, destinationOffset, lengthBytes);
        if (offset != 0 || lengthBytes != blob.sizeBytes()) {
            return;
        }
        int row = index.find(blob.key());
        Sha256 sealed = row < 0 ? null : index.content(row);
        if (sealed == null) {
            return;
        }
        MessageDigest digest = Sha256.begin();
        digest.update(destination.asSlice(destinationOffset, lengthBytes).asByteBuffer());
        if (!Sha256.of(digest).equals(sealed)) {
            throw new StoreException(
                    Kind.PRECONDITION_FAILED,
                    blob.key() + " has other bytes than were sealed, though the source calls it the same version");
        }
    }
}
