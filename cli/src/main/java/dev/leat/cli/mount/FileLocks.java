package dev.leat.cli.mount;

import dev.leat.fuse.session.Request;
import dev.leat.fuse.wire.LockIn;
import dev.leat.fuse.wire.LockRange;
import dev.leat.meta.fs.FileLock;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.vfs.Vfs;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Locks of open files. A lock orders the writes and reads of several clients: what was written under it is published before it goes, and who gets it sees what the
 * one before published.
 */
final class FileLocks {
    private static final Logger log = LoggerFactory.getLogger(FileLocks.class);

    private final Vfs vfs;
    private final MetaFs meta;
    private final KernelCache kernelCache;

    /** Inodes on which fcntl locks were taken here, so that other closes need not ask. */
    private final Set<Long> posixLocked = ConcurrentHashMap.newKeySet();

    FileLocks(Vfs vfs, MetaFs meta, KernelCache kernelCache) {
        this.vfs = vfs;
        this.meta = meta;
        this.kernelCache = kernelCache;
    }

    /** Goes on where another daemon was: any file that is open may have locks. */
    void resumed() {
        posixLocked.addAll(vfs.openInodes());
    }

    /** What is in the way of a lock. */
    LockRange get(long ino, LockIn in) throws FsException {
        FileLock conflict = meta.getlk(ino, KernelLocks.lock(in));
        return conflict == null ? LockRange.UNLOCKED : KernelLocks.range(conflict);
    }

    /** Takes a lock, waits for it if that is wanted, or gives it back. */
    void set(Request request, long ino, LockIn in) throws FsException {
        FileLock lock = KernelLocks.lock(in);
        if (lock.mode() == FileLock.Mode.NONE) {
            publishBeforeUnlock(ino);
            meta.setlk(ino, lock);
            return;
        }
        if (lock.kind() == FileLock.Kind.POSIX) {
            posixLocked.add(ino);
        }
        if (in.blocking()) {
            Thread waiter = Thread.currentThread();
            request.onInterrupt(waiter::interrupt);
            meta.setlkw(ino, lock);
        } else {
            meta.setlk(ino, lock);
        }
        vfs.revalidate(ino, () -> kernelCache.forget(ino));
    }

    /** A process closes a file, with which its byte-range locks go. */
    void closed(long ino, long owner) throws FsException {
        if (posixLocked.contains(ino)) {
            publishBeforeUnlock(ino);
            meta.unlockAll(ino, FileLock.Kind.POSIX, owner);
        }
    }

    /** An open file that has had an {@code flock} ends, and with it the lock. */
    void ended(long ino, long handle) throws FsException {
        publishBeforeUnlock(ino);
        meta.unlockAll(ino, FileLock.Kind.FLOCK, handle);
    }

    private void publishBeforeUnlock(long ino) {
        try {
            vfs.publish(ino);
        } catch (FsException e) {
            // The bytes stay here and are published later; keeping others locked out would not help them.
            log.error("inode {} is unlocked before its data is published: {}", ino, e.getMessage());
        }
    }
}
