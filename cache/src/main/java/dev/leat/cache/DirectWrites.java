package dev.leat.cache;

import dev.leat.sys.Errno;
import dev.leat.sys.ErrnoException;
import dev.leat.sys.FileHandle;
import dev.leat.sys.Open;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Writes large ranges to a disk past the page cache: whoever fetched them has them already, and the kernel keeps them as pages
 * of the mount, so a second copy in memory would cost more than the fetch did. A disk that is slower than what comes in would
 * hold up the buffers, though, and with them the readers: for a while its ranges go through the page cache, which absorbs them.
 *
 * <p>Any thread may use it; what it knows of the disk is a guess that a lost update does not spoil.
 */
final class DirectWrites {
    /** Smaller ranges are not worth a trip to the disk of their own, in bytes. */
    static final int LEAST_BYTES = 1 << 20;

    /** What direct I/O wants addresses, offsets and lengths to be multiples of, in bytes; enough for every disk's sector. */
    private static final int ALIGNMENT_BYTES = 4096;

    /** A disk that takes longer than this for a MiB is slow: 100 MiB/s by one writer, in nanoseconds. */
    private static final long SLOW_NANOS_PER_MIB = TimeUnit.MILLISECONDS.toNanos(10);

    /** How long a slow disk is written through the page cache before it is tried again, in nanoseconds. */
    private static final long SLOW_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private volatile boolean possible;
    private volatile long nanosPerMib;
    private volatile long pausedUntilNanos = System.nanoTime();

    DirectWrites(boolean possible) {
        this.possible = possible;
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
        if (!fits || !possible || System.nanoTime() - pausedUntilNanos < 0) {
            return 0;
        }
        // By its descriptor: the file may get another name meanwhile.
        Path itself = Path.of("/proc/self/fd/" + file.descriptor());
        long began = System.nanoTime();
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
        took(System.nanoTime() - began, bytes);
        return bytes;
    }

    private void took(long nanos, long bytes) {
        long now = nanos / Math.max(1, bytes >> 20);
        long smoothed = (nanosPerMib * 7 + now) / 8;
        boolean slow = smoothed > SLOW_NANOS_PER_MIB;
        if (slow) {
            pausedUntilNanos = System.nanoTime() + SLOW_PAUSE_NANOS;
        }
        nanosPerMib = slow ? 0 : smoothed;
    }
}
