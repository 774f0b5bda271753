package dev.leat.cache;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A blob's copy in the local cache, lent as a file to somebody who reads it past the cache. Until the loan is closed the
 * copy stays: it is not evicted, no space is taken from it, and nothing else is written to it. Whoever has mapped the file
 * may go on reading it after that: a file that was lent is deleted when its space is wanted, never written over.
 */
public final class Loan implements AutoCloseable {
    private final Lending lending;
    private final OwnFile file;
    private boolean closed;

    Loan(Lending lending, OwnFile file) {
        this.lending = lending;
        this.file = file;
    }

    /** Takes the descriptor of a lent file. */
    @FunctionalInterface
    public interface Taker {
        /**
         * @param descriptor open for reading, at least until this returns; bytes and size are the blob's
         * @throws IOException when it is of no use; then there is no loan
         */
        void take(int descriptor) throws IOException;
    }

    /** Length of the file in bytes. */
    public long sizeBytes() {
        return file.sizeBytes;
    }

    /**
     * Takes the file for good: it moves to {@code target}, and the cache knows nothing of it any more. For loans to one
     * alone.
     *
     * @return false while the cache writes to it; try again
     * @throws IOException when it cannot be moved; then it is lent as before
     */
    public synchronized boolean keep(Path target) throws IOException {
        if (closed) {
            throw new IllegalStateException("the file was given back");
        }
        closed = lending.give(file, target);
        return closed;
    }

    /** Gives the file back; again is nothing. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            lending.takeBack(file);
        }
    }
}
