package dev.leat.store;

import java.nio.ByteBuffer;

/**
 * An object being uploaded in parts. Parts may be sent from several threads and in any order; a part sent again replaces
 * the earlier one. Either {@link #complete} or {@link #abort} ends it; an upload left alone is found by {@link
 * ObjectStore#pendingUploads}.
 */
public interface MultipartUpload {

    /** The store's name for the upload, for messages and {@link PendingUpload}. */
    String id();

    /**
     * Sends one part from {@code body}'s position to its limit; the position is not moved.
     *
     * @param number 1 to {@link StoreCapabilities#partsMax}; the object is the parts in this order
     */
    void part(int number, ByteBuffer body) throws StoreException;

    /**
     * Makes the object visible, whole, under its key. After a failure the upload may be completed again or aborted.
     *
     * @throws StoreException of kind PRECONDITION_FAILED if {@code condition} does not hold, of kind INVALID if no part
     *     was sent, of kind NOT_FOUND if the upload was ended before
     */
    ObjectInfo complete(PutCondition condition) throws StoreException;

    /** Gives the upload up and frees its parts; one that is gone already is fine. */
    void abort() throws StoreException;
}
