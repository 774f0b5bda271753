package dev.leat.cache;

import dev.leat.store.Blob;
import dev.leat.store.ObjectStore;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** The end of every chain: a blob's bytes from its object, one ranged GET a read. */
public final class StoreSource implements BlobSource {
    private final ObjectStore store;

    /** Reads from {@code store}, which is not closed with it; retries and limits are the store's own. */
    public StoreSource(ObjectStore store) {
        this.store = store;
    }

    @Override
    public void read(Blob blob, long offset, MemorySegment destination, long destinationOffset, int lengthBytes)
            throws IOException {
        store.get(
                blob.key(),
                offset,
                destination.asSlice(destinationOffset, lengthBytes).asByteBuffer(),
                blob.etag());
    }
}
