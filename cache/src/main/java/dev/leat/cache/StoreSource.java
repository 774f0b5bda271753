package dev.leat.cache;

import dev.leat.store.Blob;
import dev.leat.store.blob.BlobStore;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** The end of every chain: a blob's bytes from its object, one ranged GET a read where blobs are kept as they are. */
public final class StoreSource implements BlobSource {
    private final BlobStore blobs;

    /** Reads from {@code blobs}; retries and limits are the store's own. */
    public StoreSource(BlobStore blobs) {
        this.blobs = blobs;
    }

    @Override
    public void read(Blob blob, long offset, MemorySegment destination, long destinationOffset, int lengthBytes)
            throws IOException {
        blobs.read(
                blob,
                offset,
                destination.asSlice(destinationOffset, lengthBytes).asByteBuffer());
    }
}
