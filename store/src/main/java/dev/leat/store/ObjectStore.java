package dev.leat.store;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A flat, strongly consistent map from keys to immutable byte strings: an S3 bucket under a prefix, or a directory used
 * as one.
 *
 * <p>Keys are UTF-8 strings of 1 to 1,024 bytes with {@code /} between their parts, relative to the prefix the store was
 * opened with; no part is empty, {@code .} or {@code ..}. What a {@code put} or a completed upload acknowledged is
 * durable and seen by every later call from anywhere. Nothing half-written is ever visible under a key.
 *
 * <p>All methods block and may be called from any thread; a call ends within the store's request deadline. Failures are
 * {@link StoreException}s, whose {@link StoreException.Kind} says what the caller can do; a key that {@link Keys#check}
 * refuses is INVALID everywhere. Implementations do not retry: a decorator does, with jitter and a budget, for all of
 * them. Keep this surface minimal: what
 * can be built from these methods belongs into a decorator.
 */
public interface ObjectStore extends AutoCloseable {

    /** What this store can do and how large its pieces may be; constant for the life of the store. */
    StoreCapabilities capabilities();

    /** Where the store lies, for messages: a URL without credentials. */
    String location();

    /**
     * Size and validator of an object.
     *
     * @throws StoreException of kind NOT_FOUND if there is none
     */
    ObjectInfo head(String key) throws StoreException;

    /**
     * Reads a range into {@code destination}, from its position to its limit, and advances the position. The range must
     * lie within the object: one that begins at or after its end is INVALID, one that only ends there is INVALID or
     * CORRUPT; a body shorter than announced is CORRUPT. It is never a short read.
     *
     * @param offset first byte of the range, in bytes from the object's start
     * @param destination heap or direct buffer; its remaining size is the range's length, at least 1 byte
     * @param ifMatch the ETag the object must have, or null for any; another one is PRECONDITION_FAILED
     */
    void get(String key, long offset, ByteBuffer destination, @Nullable String ifMatch) throws StoreException;

    /**
     * Reads an object's last bytes: all that {@code destination} has room for, or the whole of a shorter object. The
     * position is advanced by what was read.
     *
     * @return the object's size, in bytes
     */
    default long tail(String key, ByteBuffer destination) throws StoreException {
        ObjectInfo object = head(key);
        int length = (int) Math.min(object.sizeBytes(), destination.remaining());
        if (length > 0) {
            ByteBuffer end = destination.slice(destination.position(), length);
            get(key, object.sizeBytes() - length, end, object.etag());
            destination.position(destination.position() + length);
        }
        return object.sizeBytes();
    }

    /**
     * Writes a whole object from {@code body}'s position to its limit (the position is not moved, so that the call can be
     * repeated).
     *
     * @throws StoreException of kind PRECONDITION_FAILED if {@code condition} does not hold
     */
    ObjectInfo put(String key, ByteBuffer body, PutCondition condition) throws StoreException;

    /** Starts an upload in parts; nothing is visible under {@code key} before {@link MultipartUpload#complete}. */
    MultipartUpload upload(String key) throws StoreException;

    /**
     * Deletes objects; a key without an object counts as deleted.
     *
     * @return the keys that could not be deleted, with the reason; empty when all went
     */
    List<DeleteFailure> delete(Collection<String> keys) throws StoreException;

    /**
     * One page of keys in ascending order of their UTF-8 bytes.
     *
     * @param prefix only keys that start with it; may be empty, may end inside a part; one that no key can start with
     *     gives an empty page
     * @param delimiter {@code "/"} to fold deeper levels into {@link ListPage#prefixes}, or null for all keys
     * @param after only keys (and folded prefixes) greater than this; null for the first page
     * @param limit most entries in the page, 1 to 1,000
     */
    ListPage list(String prefix, @Nullable String delimiter, @Nullable String after, int limit) throws StoreException;

    /** Uploads that were begun under {@code prefix} and neither completed nor aborted, at most 1,000 at a time. */
    List<PendingUpload> pendingUploads(String prefix) throws StoreException;

    /** Forgets a pending upload and frees its parts; one that is gone already is fine. */
    void abort(PendingUpload upload) throws StoreException;

    /**
     * Frees connections and threads. Closing again is fine; every other call on a closed store, or on an upload of one,
     * fails with a kind that is not retryable.
     */
    @Override
    void close();
}
