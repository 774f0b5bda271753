package dev.leat.vfs;

import dev.leat.cache.BufferPool;
import dev.leat.meta.fs.FsException;
import dev.leat.sys.Errno;

/** Takes buffers from the mount's pool, waiting for them within a limit. */
final class Buffers {
    /** Longest wait: as long as a request may take at all. Memory that does not come free by then is stuck. */
    private static final long WAIT_MS = 30_000;

    private final BufferPool pool;

    Buffers(BufferPool pool) {
        this.pool = pool;
    }

    /**
     * A buffer of at least {@code bytes}.
     *
     * @throws FsException ENOMEM when none came free in time
     */
    BufferPool.Buffer take(int bytes) throws FsException {
        try {
            BufferPool.Buffer buffer = pool.acquire(bytes, WAIT_MS);
            if (buffer == null) {
                throw new FsException(
                        Errno.ENOMEM, "no buffer of " + bytes + " bytes within " + WAIT_MS + " ms; raise --memory");
            }
            return buffer;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR);
        }
    }
}
