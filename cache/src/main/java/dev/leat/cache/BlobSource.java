package dev.leat.cache;

import dev.leat.store.Blob;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Something that can give a blob's bytes: one tier of the chain memory → local disk → peer → object store. A tier that
 * lacks bytes asks the next one and keeps what it got.
 */
public interface BlobSource {

    /**
     * Reads exactly {@code lengthBytes} bytes.
     *
     * @param offset first byte in the blob; the range lies within the blob
     * @param destination where the bytes go; native memory
     * @param destinationOffset first byte in {@code destination}
     * @throws IOException when the bytes cannot be had or are not what they should be; a {@link
     *     dev.leat.store.StoreException} where the store said so
     */
    void read(Blob blob, long offset, MemorySegment destination, long destinationOffset, int lengthBytes)
            throws IOException;
}
