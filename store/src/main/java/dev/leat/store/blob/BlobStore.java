package dev.leat.store.blob;

import dev.leat.store.Blob;
import dev.leat.store.BlobId;
import dev.leat.store.MultipartUpload;
import dev.leat.store.ObjectStore;
import dev.leat.store.PartPlan;
import dev.leat.store.PutCondition;
import dev.leat.store.StoreException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The blobs of a volume, in whichever form the volume keeps them. All bytes, sizes and offsets are the blob's own; how
 * many bytes its object has is known only here.
 */
public interface BlobStore {

    /** Blobs that are kept as they are: a blob's bytes are its object's. */
    static BlobStore plain(ObjectStore store) {
        return new PlainBlobs(store);
    }

    /** How a blob that is sent in parts is cut. */
    PartPlan parts();

    /** Sends a whole blob, from {@code bytes}' position to its limit; the position is not moved. */
    void put(BlobId id, String key, ByteBuffer bytes, PutCondition condition) throws StoreException;

    /**
     * Begins a blob that is sent in parts, all of them as {@link #parts} says. Waits while too many others are under way;
     * so whoever calls this holds no buffer.
     */
    MultipartUpload upload(BlobId id, String key) throws StoreException;

    /**
     * The same for a blob that grows slowly, without waiting and without a request to the store before its first part.
     *
     * @return null when too many are under way: then it is sent when all of it is there
     */
    @Nullable
    MultipartUpload tryStream(BlobId id, String key);

    /**
     * Reads a range into {@code destination}, from its position to its limit, and advances the position.
     *
     * @throws StoreException of kind CORRUPT when the bytes are not those that were written
     */
    void read(Blob blob, long offset, ByteBuffer destination) throws StoreException;

    /**
     * Whether an object of this size can be a blob of that size.
     *
     * @param sizeBytes length of the blob
     * @param objectBytes length of the object
     */
    boolean fits(long sizeBytes, long objectBytes);
}
