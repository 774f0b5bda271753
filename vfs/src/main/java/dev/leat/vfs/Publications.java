package dev.leat.vfs;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * When which file was published last. Attributes are those of the record with what is not published laid over them; who reads the record before a publication
 * and looks for unpublished bytes after it finds neither, and must look again.
 *
 * <p>Counted for stripes of files: two files may share one, then somebody looks again for nothing.
 */
final class Publications {
    /** A power of two, large beside the files that are published at a time. */
    private static final int STRIPES = 1024;

    private final AtomicLong count = new AtomicLong();
    private final AtomicLongArray last = new AtomicLongArray(STRIPES);

    /** The present, to be asked for before a record is read. */
    long moment() {
        return count.get();
    }

    /** A file was published; to be called before its bytes stop to be unpublished ones. */
    void happened(long ino) {
        long number = count.incrementAndGet();
        last.accumulateAndGet(stripe(ino), number, Math::max);
    }

    /** Whether a file was published after {@code moment}. */
    boolean since(long moment, long ino) {
        return last.get(stripe(ino)) > moment;
    }

    private static int stripe(long ino) {
        return (int) ((ino * 0x9E3779B97F4A7C15L) >>> 54);
    }
}
