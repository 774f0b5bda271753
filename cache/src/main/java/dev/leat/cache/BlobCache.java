package dev.leat.cache;

import dev.leat.store.Blob;
import dev.leat.store.BlobId;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The tiered local cache of one mount in front of its store: what the file layer knows of caching. Bytes read through it
 * are fetched once, however many ask at the same time, verified, and kept.
 */
public interface BlobCache extends BlobSource, AutoCloseable {

    /**
     * Reads without waiting for disk, network or a lock, and without allocating.
     *
     * @return whether all bytes were at hand in memory; if not, {@code destination} holds nothing of use
     */
    boolean tryRead(Blob blob, long offset, MemorySegment destination, long destinationOffset, int lengthBytes);

    /**
     * Starts fetching a range in the background, as far as memory and request limits allow; bytes that are there or on
     * their way are not fetched again.
     */
    void prefetch(Blob blob, long offset, long lengthBytes);

    /**
     * Keeps bytes that were just written to the store, so that the first read finds them.
     *
     * @param source native memory holding the range
     */
    void fill(Blob blob, long offset, MemorySegment source, long sourceOffset, int lengthBytes);

    /** Bytes of the blob that are held locally, in bytes. */
    long cachedBytes(Blob blob);

    /** Bytes of a range that are held locally, in bytes. */
    long cachedBytes(Blob blob, long offset, long lengthBytes);

    /**
     * Lends the local file whose bytes and size are the blob's. There is one for a blob of at least 4 MiB all of whose bytes
     * are held, and checked if they had to be.
     *
     * @param taker gets the file's descriptor before this returns
     * @return null if there is no such file, or as much is lent already as the tier's high watermark allows
     * @throws IOException what {@code taker} threw, or the disk
     */
    @Nullable
    Loan lend(Blob blob, Loan.Taker taker) throws IOException;

    /**
     * The same, to one borrower alone, who may take the file for good (see {@link Loan#keep}).
     *
     * @param keeper the folder that it would move the file to
     * @return null also while it is lent, and if the folder is on another disk
     */
    @Nullable
    Loan lendAlone(Blob blob, Path keeper, Loan.Taker taker) throws IOException;

    /** Protects a blob from eviction, or no longer. */
    void pin(Blob blob, boolean pinned);

    /** Forgets a blob's bytes, unless they are lent; open readers are not disturbed. */
    void evict(BlobId blob);

    /**
     * Fetches a range and waits for it to be kept.
     *
     * @return bytes that had to be fetched
     */
    long warm(Blob blob, long offset, long lengthBytes) throws IOException;

    /** Persists what must survive a restart and stops background work. */
    @Override
    void close();
}
