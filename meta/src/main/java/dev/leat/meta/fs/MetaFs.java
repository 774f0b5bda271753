package dev.leat.meta.fs;

import dev.leat.meta.engine.Bytes;
import dev.leat.store.BlobId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The POSIX file system of a mounted volume: names, attributes, layouts, locks. All logic is written once, on {@link
 * dev.leat.meta.engine.MetaEngine}; each call that changes something is one commit, exactly once.
 *
 * <p>Inode numbers are node ids. Calls block on the engine, may be made from any thread, and fail with {@link FsException};
 * an unreachable engine is EIO after the request deadline. Permission bits are the kernel's business; owner, setgid and ACL inheritance are settled
 * here.
 */
public interface MetaFs extends AutoCloseable {
    /** The root directory's inode number. */
    long ROOT = 1;

    /** The inode number of the trash, in which removed files lie for a while. */
    long TRASH = 2;

    /** Largest file that is kept inside its record, in bytes. */
    int INLINE_BYTES_MAX = 4096;

    /** Flag of {@link #rename}: fail with EEXIST if the target exists. */
    int RENAME_NOREPLACE = 1;

    /** Flag of {@link #rename}: exchange the two. */
    int RENAME_EXCHANGE = 2;

    /** The extended attribute that is a file's or directory's POSIX ACL. */
    Bytes ACL_ACCESS = Bytes.of("system.posix_acl_access");

    /** The extended attribute that is the ACL which new entries of a directory get. */
    Bytes ACL_DEFAULT = Bytes.of("system.posix_acl_default");

    /** Flag of {@link #setxattr}: fail with EEXIST if it exists. */
    int XATTR_CREATE = 1;

    /** Flag of {@link #setxattr}: fail with ENODATA unless it exists. */
    int XATTR_REPLACE = 2;

    // Names.

    /** Finds a name. {@code ENOENT}, {@code ENOTDIR}. */
    Entry lookup(long parent, Name name) throws FsException;

    /** The directory that holds {@code directory}; the root's is itself. */
    long parent(long directory) throws FsException;

    /** Makes a file, directory, symbolic link, pipe, socket or device. {@code EEXIST}, {@code ENOENT}, {@code EDQUOT}, {@code ENOSPC}. */
    Entry create(long parent, Name name, NewNode node, Caller caller) throws FsException;

    /** Makes a regular file and opens it, in one commit and with no read after it; matched by {@link #closed} as {@link #open} is. */
    FileView createOpen(long parent, Name name, NewNode node, Caller caller) throws FsException;

    /**
     * Makes and opens a regular file without a name, for O_TMPFILE; it vanishes at the last {@link #closed} unless {@link #link} names
     * it.
     */
    FileView createUnnamed(long parent, NewNode node, Caller caller) throws FsException;

    /** Removes a name that is no directory. {@code EISDIR}, {@code EPERM} (sticky). */
    void unlink(long parent, Name name, Caller caller) throws FsException;

    /** Removes an empty directory. {@code ENOTEMPTY}, {@code ENOTDIR}. */
    void rmdir(long parent, Name name, Caller caller) throws FsException;

    /**
     * Renames, replacing what is there as POSIX says.
     *
     * @param flags 0, {@link #RENAME_NOREPLACE} or {@link #RENAME_EXCHANGE}
     */
    void rename(long parent, Name name, long newParent, Name newName, int flags, Caller caller) throws FsException;

    /** Gives an inode that is no directory another name. {@code EMLINK} beyond 65,000. */
    Entry link(long ino, long newParent, Name newName, Caller caller) throws FsException;

    /** A symbolic link's target. */
    Bytes readlink(long ino) throws FsException;

    /**
     * Part of a directory in name order, without {@code .} and {@code ..}.
     *
     * @param after only names greater than this; null from the start
     * @param limit most rows; a shorter answer is the end
     * @param attrs whether each row carries attributes
     */
    List<DirEntry> readdir(long directory, @Nullable Name after, int limit, boolean attrs) throws FsException;

    // Attributes.

    /** Attributes of an inode, open but unlinked ones included. {@code ENOENT} or {@code ESTALE} when it is gone. */
    Attr getattr(long ino) throws FsException;

    /** Changes attributes; a change of size also edits the layout. */
    Attr setattr(long ino, SetAttr change, Caller caller) throws FsException;

    /** An extended attribute's value; {@code ENODATA} if there is none. POSIX ACLs go by their {@code system.posix_acl_*} names. */
    Bytes getxattr(long ino, Bytes name) throws FsException;

    /** Names of the extended attributes. */
    List<Bytes> listxattr(long ino) throws FsException;

    /** Sets one. At most 64 KiB; {@code flags} 0, {@link #XATTR_CREATE} or {@link #XATTR_REPLACE}. */
    void setxattr(long ino, Bytes name, Bytes value, int flags, Caller caller) throws FsException;

    /** Removes one; {@code ENODATA} if there is none. */
    void removexattr(long ino, Bytes name, Caller caller) throws FsException;

    /** Room and inodes, of the volume or of the quota that holds {@code ino}. */
    FsStat statfs(long ino) throws FsException;

    /** Whether an inode was made by this client; false also for some after very many. */
    boolean made(long ino);

    // What is known without asking the engine. None of these waits for anything.

    /** What {@link #lookup} would answer, ENOENT included; null if it would have to ask. */
    @Nullable
    Entry known(long parent, Name name) throws FsException;

    /** What {@link #getattr} would answer; null if it would have to ask. */
    @Nullable
    Attr known(long ino) throws FsException;

    /** What {@link #getxattr} would answer, ENODATA included; null if it would have to ask. */
    @Nullable
    Bytes knownXattr(long ino, Bytes name) throws FsException;

    /** Where an inode's only name was when it was last seen here; null if that is not remembered. */
    @Nullable
    Place place(long ino);

    /** The present, to be asked for before a listing is read. */
    long moment();

    /** Whether a row that was read after {@code moment} surely is still there, as it was; false also if that is not known. */
    boolean unchangedSince(long moment, long directory, DirEntry row);

    // Content.

    /**
     * Reads a file's record for an open, and keeps the inode alive while it is open here, also when it is unlinked. Each call is
     * matched by {@link #closed}.
     */
    FileView open(long ino) throws FsException;

    /** The file's record now, without opening it. */
    FileView view(long ino) throws FsException;

    /** Undoes one {@link #open}; the last one of an unlinked inode lets it be reaped. */
    void closed(long ino);

    /** Extents that touch a range of a file whose view carries none, in order. */
    List<Extent> extents(FileView view, long offset, long lengthBytes) throws FsException;

    /** A new blob's id, never used before. */
    BlobLease newBlob() throws FsException;

    /** The key of one of this volume's blobs in its store. */
    String blobKey(BlobId blob);

    /**
     * Makes changes visible, each publication exactly once; as many as fit share a commit. Every blob they name is LIVE or new, else the call
     * fails with EIO. A publication that failed can be tried again with the same base.
     *
     * @param durable whether the changes must survive power loss when this returns
     * @return the files as they are now, in the order of {@code publications}; null for one whose inode is gone. At least one, and fewer than
     *     asked for when the next one failed: asked for again, it tells why
     */
    List<@Nullable FileView> publish(List<Publication> publications, boolean durable) throws FsException;

    /** Everything acknowledged so far survives power loss when this returns: fsyncdir, syncfs. */
    void sync() throws FsException;

    // Locks.

    /** The first lock that conflicts with {@code wanted}, or null. */
    @Nullable
    FileLock getlk(long ino, FileLock wanted) throws FsException;

    /**
     * Takes or releases a lock, at once. {@code EAGAIN} on a conflict.
     */
    void setlk(long ino, FileLock lock) throws FsException;

    /**
     * Takes a lock, waiting for it. The wait ends with {@code EINTR} when the thread is interrupted, and with {@code EDEADLK} for a cycle among fcntl locks
     * of this mount.
     */
    void setlkw(long ino, FileLock lock) throws FsException;

    /** Drops every lock of an owner on an inode: a close (fcntl) or a last close (flock). */
    void unlockAll(long ino, FileLock.Kind kind, long owner) throws FsException;

    // Life.

    /** Hears about changes made by others; at most one listener. */
    void listen(ChangeListener listener);

    /** Whether the session is alive and the feed fresh, so that kernel caches may keep what they have. */
    boolean feedFresh();

    /** Ends the session: releases locks and holds, folds counters. */
    @Override
    void close();
}
