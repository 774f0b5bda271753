package dev.leat.meta.fs;

import org.jspecify.annotations.Nullable;

/** Advisory locks of a volume; see the methods of the same names in {@link MetaFs}. */
public interface LockTable extends AutoCloseable {
    /** The first lock that conflicts with {@code wanted}, or null. */
    @Nullable
    FileLock getlk(long ino, FileLock wanted) throws FsException;

    /** Takes or releases a lock, at once. */
    void setlk(long ino, FileLock lock) throws FsException;

    /** Takes a lock, waiting for it. */
    void setlkw(long ino, FileLock lock) throws FsException;

    /** Drops every lock of an owner on an inode. */
    void unlockAll(long ino, FileLock.Kind kind, long owner) throws FsException;

    /** Releases all locks of this mount. */
    @Override
    void close();
}
