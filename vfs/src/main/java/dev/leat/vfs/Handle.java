package dev.leat.vfs;

import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One open file description.
 *
 * @param file the file it is open on
 * @param flags the flags of {@code open(2)}
 * @param readAhead follows its reads
 * @param dropping whether the kernel was told, by the answer to the open, to drop the pages it has, and may not have done so yet
 */
record Handle(OpenInode file, int flags, ReadAhead readAhead, AtomicBoolean dropping) {
    private static final int O_ACCMODE = 3;
    private static final int O_APPEND = 02000;
    private static final int O_DSYNC = 010000;

    boolean appends() {
        return (flags & O_APPEND) != 0;
    }

    boolean writes() {
        return (flags & O_ACCMODE) != 0;
    }

    /** Whether every write is to be durable when it returns. */
    boolean synchronous() {
        return (flags & O_DSYNC) != 0;
    }

    /** The handle or null, for tables. */
    static @Nullable Handle orNull(@Nullable Object entry) {
        return entry instanceof Handle handle ? handle : null;
    }
}
