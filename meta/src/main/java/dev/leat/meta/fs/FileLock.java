package dev.leat.meta.fs;

/**
 * An advisory lock.
 *
 * @param kind which of the two families it belongs to; they do not see each other
 * @param owner the kernel's lock owner: an open file description (flock, OFD) or a process's files (fcntl)
 * @param pid the process, shown to others by F_GETLK on the same mount
 * @param mode shared, exclusive, or none to unlock
 * @param start first byte
 * @param end last byte, inclusive; {@link Long#MAX_VALUE} for the end of the file
 */
public record FileLock(Kind kind, long owner, int pid, Mode mode, long start, long end) {
    /** Families of locks. */
    public enum Kind {
        /** {@code flock(2)}: the whole file. */
        FLOCK,
        /** {@code fcntl(2)}: byte ranges. */
        POSIX
    }

    /** Strengths. */
    public enum Mode {
        /** Read lock. */
        SHARED,
        /** Write lock. */
        EXCLUSIVE,
        /** No lock: unlocks the range. */
        NONE
    }
}
