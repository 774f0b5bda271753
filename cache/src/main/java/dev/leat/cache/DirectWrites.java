package dev.leat.cache;

import dev.leat.sys.Errno;
import dev.leat.sys.ErrnoException;
import dev.leat.sys.FileHandle;
import dev.leat.sys.Open;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;

/**
 * Writes large ranges to a disk past the page cache: whoever fetched them has them already, and the kernel keeps them as pages
 * of the mount, so a second copy in memory would cost more than the fetch did. A disk that is slower than what comes in would
 * hold up the buffers, though, and with them the readers: while too much waits, ranges go through the page cache, which absorbs
 * them. How long a write took says nothing about the disk: on a busy machine most of it is waiting for a processor.
 */
final class DirectWrites {
    /** Smaller ranges are not worth a trip to the disk of their own, in bytes. */
    static final int LEAST_BYTES = 1 << 20;

    /** What direct I/O wants addresses, offsets and lengths to be multiples of, in bytes; enough for every disk's sector. */
    private static final int ALIGNMENT_BYTES = 4096;

    private final BooleanSupplier behind;
    private volatile boolean possible;

    /** @param behind whether too much waits to be written */
    DirectWrites(boolean possible, BooleanSupplier behind) {
        this.possible = possible;
        this.behind = behind;
    }

    /**
     * Writes as much of a range as can go past the page cache.
     *
     * @param file open file, of which a second description is opened for this
     * @return bytes from the start of the range that were written; the rest is the caller's
     */
    long write(FileHandle file, MemorySegment from, long offset) throws ErrnoException {
        long bytes = from.byteSize() & -ALIGNMENT_BYTES;
        boolean fits = bytes >= LEAST_BYTES && ((from.address() | offset) & (ALIGNMENT_BYTES - 1)) == 0;
        if (!fits || !possible || behind.getAsBoolean()) {
            return 0;
        }
        // By its descriptor: the file may get another name meanwhile.
        Path itself = Path.of("/proc/self/fd/" + file.descriptor());
        try (FileHandle direct = FileHandle.open(itself, Open.WRONLY | Open.DIRECT | Open.CLOEXEC, 0)) {
            direct.pwrite(from.asSlice(0, bytes), offset);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EINVAL) {
                throw e;
            }
            // A file system without direct I/O, or with a larger sector.
            possible = false;
            return 0;
        }
        return bytes;
    }
}
