package dev.leat.cli.mount;

import dev.leat.fuse.wire.Fuse;
import dev.leat.fuse.wire.LockIn;
import dev.leat.fuse.wire.LockRange;
import dev.leat.meta.fs.FileLock;

/**
 * The kernel's words for locks, and ours.
 *
 * <p>An {@code flock} belongs to an open file, which its handle names. The owner that the kernel gives with it is a place in
 * memory, which the next file that is opened may get while the end of the one before, which nobody waits for, is still on its
 * way here: it would take the lock of the new one away.
 */
final class KernelLocks {
    private KernelLocks() {}

    /** The lock that a request asks for, or about. */
    static FileLock lock(LockIn in) {
        FileLock.Mode mode =
                switch (in.range().type()) {
                    case Fuse.F_RDLCK -> FileLock.Mode.SHARED;
                    case Fuse.F_WRLCK -> FileLock.Mode.EXCLUSIVE;
                    default -> FileLock.Mode.NONE;
                };
        return new FileLock(
                in.flock() ? FileLock.Kind.FLOCK : FileLock.Kind.POSIX,
                in.flock() ? in.fh() : in.owner(),
                in.range().pid(),
                mode,
                in.range().start(),
                in.range().end());
    }

    /** The lock that is in the way. */
    static LockRange range(FileLock lock) {
        int type = lock.mode() == FileLock.Mode.SHARED ? Fuse.F_RDLCK : Fuse.F_WRLCK;
        return new LockRange(lock.start(), lock.end(), type, lock.pid());
    }
}
