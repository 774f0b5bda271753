package dev.leat.fuse.session;

import dev.leat.fuse.wire.InitFlags;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a session is set up.
 *
 * @param threads session threads, 2 to 8; more than cores bring nothing
 * @param maxWriteBytes longest WRITE, at most 1 MiB
 * @param maxPages longest request in pages of 4 KiB; beyond 256 needs the sysctl fs.fuse.max_pages_limit
 * @param maxBackground asynchronous requests (read-ahead, direct I/O) in flight before the kernel holds more back; its
 *     default of 12 starves read-ahead
 * @param congestionThreshold how many of them make the kernel slow down; three quarters of {@code maxBackground}
 * @param maxReadaheadBytes upper bound of read-ahead; the kernel starts at the mount's read_ahead_kb
 * @param timeGranularityNanos step of timestamps
 * @param flags {@link InitFlags} wanted; those that the kernel does not offer are left out
 * @param maxStackDepth with PASSTHROUGH: how deep backing files may be stacked (1: not on another stacked one)
 * @param deadline longest time until a request is answered with EIO
 * @param maxInFlight requests on threads of their own at a time; when reached, the session reads no more until one ends
 * @param accessLog told about every reply; null for none
 */
public record SessionOptions(
        int threads,
        int maxWriteBytes,
        int maxPages,
        int maxBackground,
        int congestionThreshold,
        int maxReadaheadBytes,
        int timeGranularityNanos,
        long flags,
        int maxStackDepth,
        Duration deadline,
        int maxInFlight,
        @Nullable AccessLog accessLog) {

    /**
     * What every file system here honours. EXPLICIT_INVAL_DATA rather than AUTO_INVAL_DATA: the daemon knows exactly
     * when content changes and says so, while a mere change of mtime by another attribute update must not throw away
     * the page cache.
     */
    public static final long BASE_FLAGS = InitFlags.ASYNC_READ
            | InitFlags.ATOMIC_O_TRUNC
            | InitFlags.BIG_WRITES
            | InitFlags.POSIX_LOCKS
            | InitFlags.FLOCK_LOCKS
            | InitFlags.DO_READDIRPLUS
            | InitFlags.READDIRPLUS_AUTO
            | InitFlags.ASYNC_DIO
            | InitFlags.PARALLEL_DIROPS
            | InitFlags.MAX_PAGES
            | InitFlags.CACHE_SYMLINKS
            | InitFlags.EXPLICIT_INVAL_DATA
            | InitFlags.SETXATTR_EXT
            | InitFlags.INIT_EXT
            | InitFlags.CREATE_SUPP_GROUP
            | InitFlags.HAS_EXPIRE_ONLY
            | InitFlags.DIRECT_IO_ALLOW_MMAP
            | InitFlags.HAS_RESEND;

    /** For a file system that keeps POSIX ACLs as extended attributes and applies the umask itself. */
    public static final long ACL_FLAGS = InitFlags.POSIX_ACL | InitFlags.DONT_MASK;

    private static final int MIB = 1 << 20;

    /** Refuses values that the protocol or this implementation cannot carry. */
    public SessionOptions {
        require(threads >= 1 && threads <= 64, "threads must be 1 to 64, not " + threads);
        require(
                maxWriteBytes >= 4096 && maxWriteBytes <= 16 * MIB,
                "maxWriteBytes must be 4 KiB to 16 MiB, not " + maxWriteBytes);
        require(maxPages >= 1 && maxPages <= 4096, "maxPages must be 1 to 4096, not " + maxPages);
        require(maxBackground >= 1 && maxBackground <= 65535, "maxBackground must be 1 to 65535");
        require(maxInFlight >= threads, "maxInFlight must be at least the number of threads");
        require((flags & InitFlags.WRITEBACK_CACHE) == 0, "WRITEBACK_CACHE is not supported: it excludes passthrough");
        require(!deadline.isNegative() && !deadline.isZero(), "deadline must be longer than nothing");
    }

    /** The defaults: one thread per core (2 to 8), 1 MiB requests, 30 s deadline, no ACLs, no passthrough. */
    public static SessionOptions defaults() {
        int cores = Runtime.getRuntime().availableProcessors();
        return new SessionOptions(
                Math.clamp(cores, 2, 8),
                MIB,
                256,
                256,
                192,
                4 * MIB,
                1,
                BASE_FLAGS,
                0,
                Duration.ofSeconds(30),
                1024,
                null);
    }

    /** With these INIT flags added. */
    public SessionOptions withFlags(long added) {
        return with(flags | added, maxStackDepth, deadline, accessLog, threads);
    }

    /** Without these INIT flags. */
    public SessionOptions withoutFlags(long removed) {
        return with(flags & ~removed, maxStackDepth, deadline, accessLog, threads);
    }

    /** With passthrough asked for, where the kernel has it. */
    public SessionOptions withPassthrough() {
        return with(flags | InitFlags.PASSTHROUGH, 1, deadline, accessLog, threads);
    }

    /** With another deadline. */
    public SessionOptions withDeadline(Duration longest) {
        return with(flags, maxStackDepth, longest, accessLog, threads);
    }

    /** With a listener that hears of every reply. */
    public SessionOptions withAccessLog(AccessLog log) {
        return with(flags, maxStackDepth, deadline, log, threads);
    }

    /** With another number of session threads. */
    public SessionOptions withThreads(int count) {
        return with(flags, maxStackDepth, deadline, accessLog, count);
    }

    private SessionOptions with(
            long newFlags, int newDepth, Duration newDeadline, @Nullable AccessLog newLog, int newThreads) {
        return new SessionOptions(
                newThreads,
                maxWriteBytes,
                maxPages,
                maxBackground,
                congestionThreshold,
                maxReadaheadBytes,
                timeGranularityNanos,
                newFlags,
                newDepth,
                newDeadline,
                maxInFlight,
                newLog);
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
