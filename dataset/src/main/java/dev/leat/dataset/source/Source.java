package dev.leat.dataset.source;

import dev.leat.store.StoreException;
import dev.leat.store.StoreMetrics;
import java.nio.ByteBuffer;

/**
 * Somebody's data where it lies: directories of files, which may change under us and which we never change.
 *
 * <p>A <i>path</i> is the names from the root joined by slashes; the root is the empty path. Names are as they come: who
 * shows them to others decides which of them can be shown.
 *
 * <p>All methods block and may be called from any thread. They retry by themselves within a deadline, and fail with a
 * {@link StoreException} of one line: NOT_FOUND, DENIED, PRECONDITION_FAILED for a file that is another version by now,
 * INVALID for what can never succeed, and the kinds that may pass.
 */
public interface Source extends AutoCloseable {
    /** Where it lies: a URL without credentials, the same at each mount; caches know bytes by it. */
    String location();

    /** The kind of source for statistics: {@code http}, {@code s3}, {@code file}. */
    String kind();

    /**
     * Lists one directory, in any order, as the answers come.
     *
     * @throws StoreException of kind NOT_FOUND if there is no such directory; a source that has only files, and directories
     *     because of their names, lists one that is not there as an empty one
     */
    void list(String directory, Sink sink) throws StoreException;

    /** Takes the names of a directory. */
    @FunctionalInterface
    interface Sink {
        /**
         * Takes one.
         *
         * @return whether to go on
         */
        boolean take(SourceEntry entry) throws StoreException;
    }

    /**
     * All facts of one name, as of now; of a file with its length and its validator.
     *
     * @throws StoreException of kind NOT_FOUND if there is none
     */
    Facts facts(String path) throws StoreException;

    /**
     * Reads a range of one version of a file, all of it or nothing: into {@code destination} from its position to its limit,
     * and advances the position.
     *
     * @param version the file's confirmed facts; the range lies within its length
     * @throws StoreException of kind PRECONDITION_FAILED if the file is another version by now, NOT_FOUND if it is gone
     */
    void read(String path, Facts version, long offset, ByteBuffer destination) throws StoreException;

    /** The requests sent so far; LIST for listings, HEAD for facts, GET for bytes. */
    StoreMetrics metrics();

    /** Requests that were tried again. */
    long retries();

    /** Requests that were not tried again, since too many fail to retry them all. */
    long refusedRetries();

    @Override
    void close();
}
