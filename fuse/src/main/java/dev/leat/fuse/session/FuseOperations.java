package dev.leat.fuse.session;

import dev.leat.fuse.wire.AttrOut;
import dev.leat.fuse.wire.CopyRangeIn;
import dev.leat.fuse.wire.CreateIn;
import dev.leat.fuse.wire.CreateOut;
import dev.leat.fuse.wire.DirectoryBuffer;
import dev.leat.fuse.wire.EntryOut;
import dev.leat.fuse.wire.IoctlIn;
import dev.leat.fuse.wire.IoctlOut;
import dev.leat.fuse.wire.LockIn;
import dev.leat.fuse.wire.LockRange;
import dev.leat.fuse.wire.OpenOut;
import dev.leat.fuse.wire.PollIn;
import dev.leat.fuse.wire.ReadDirIn;
import dev.leat.fuse.wire.ReadIn;
import dev.leat.fuse.wire.ReleaseIn;
import dev.leat.fuse.wire.SetAttrIn;
import dev.leat.fuse.wire.StatfsOut;
import dev.leat.fuse.wire.StatxOut;
import dev.leat.fuse.wire.WriteIn;
import dev.leat.sys.Errno;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The file system behind a session: one method per kind of request. What is returned is the answer; a
 * {@link FuseException} or {@link dev.leat.sys.ErrnoException} is answered with its number, any other exception with
 * EIO. Methods that are not implemented answer ENOSYS, which the kernel remembers for most kinds.
 *
 * <p>Threads. Methods named {@code try…} and {@link #forget} run on the session thread that read the request and must
 * not wait for anything: no metadata, no disk, no lock, no other request. They may decline, and then the ordinary
 * method runs. All others run on a thread of their own (virtual, unless configured otherwise), in no order, and may
 * block. A request has a deadline: when it passes, the kernel gets EIO, and what the method returns later is undone by
 * {@link #release}, {@link #releasedir} or {@link #forget}. {@link #setlk} that waits is exempt; fsync, flush and
 * release are timed from {@link Request#progress}.
 *
 * <p>{@link Request#nodeid} is the node acted upon; for requests with a name, the directory.
 */
public interface FuseOperations {
    /** The session is agreed on; no request has been read yet. */
    default void started(Negotiated negotiated, Notifier notifier) {}

    /** The kernel has ended the session; no request will follow. */
    default void destroyed() {}

    // Inline, on session threads.

    /** The kernel drops {@code count} of its references to a node. Runs on a session thread. */
    default void forget(long nodeid, long count) {}

    /**
     * Answers a READ at once or declines. Runs on a session thread; allocates nothing when well written.
     *
     * @return false to decline; {@code reply} is as it was then
     */
    default boolean tryRead(Request request, ReadIn in, ReadReply reply) throws IOException {
        return false;
    }

    /**
     * Takes a WRITE at once or declines. Runs on a session thread.
     *
     * @return bytes written, or -1 to decline
     */
    default int tryWrite(Request request, WriteIn in) throws IOException {
        return -1;
    }

    /** Answers a LOOKUP at once, or declines by null. Runs on a session thread. */
    default @Nullable EntryOut tryLookup(Request request, byte[] name) throws IOException {
        return null;
    }

    /** Answers a GETATTR at once, or declines by null. Runs on a session thread. */
    default @Nullable AttrOut tryGetattr(Request request, @Nullable Long fh) throws IOException {
        return null;
    }

    /** Answers a GETXATTR at once, or declines by null. Runs on a session thread. */
    default byte @Nullable [] tryGetxattr(Request request, byte[] name) throws IOException {
        return null;
    }

    // Names and nodes.

    /** Finds a name; {@link EntryOut#negative} lets the kernel remember that there is none. */
    default EntryOut lookup(Request request, byte[] name) throws IOException {
        throw unsupported();
    }

    /** Attributes; {@code fh} when the call came through an open file. */
    default AttrOut getattr(Request request, @Nullable Long fh) throws IOException {
        throw unsupported();
    }

    /** Changes attributes and returns the new ones. */
    default AttrOut setattr(Request request, SetAttrIn in) throws IOException {
        throw unsupported();
    }

    /** Attributes with time of birth. ENOSYS makes the kernel use GETATTR for good. */
    default StatxOut statx(Request request, @Nullable Long fh, int flags, int mask) throws IOException {
        throw unsupported();
    }

    /** The target of a symbolic link. */
    default byte[] readlink(Request request) throws IOException {
        throw unsupported();
    }

    /** Makes a symbolic link. */
    default EntryOut symlink(Request request, byte[] name, byte[] target) throws IOException {
        throw unsupported();
    }

    /** Makes a file, device node, FIFO or socket. */
    default EntryOut mknod(Request request, byte[] name, int mode, int rdev, int umask) throws IOException {
        throw unsupported();
    }

    /** Makes a directory. */
    default EntryOut mkdir(Request request, byte[] name, int mode, int umask) throws IOException {
        throw unsupported();
    }

    /** Removes a name that is not a directory. */
    default void unlink(Request request, byte[] name) throws IOException {
        throw unsupported();
    }

    /** Removes an empty directory. */
    default void rmdir(Request request, byte[] name) throws IOException {
        throw unsupported();
    }

    /** Renames; {@code flags} are RENAME flags of {@link dev.leat.fuse.wire.Fuse}. */
    default void rename(Request request, byte[] name, long newParent, byte[] newName, int flags) throws IOException {
        throw unsupported();
    }

    /** Gives node {@code nodeid} the name {@code newName} in the request's directory. */
    default EntryOut link(Request request, long nodeid, byte[] newName) throws IOException {
        throw unsupported();
    }

    /** Whether the caller may access the node; not asked with default_permissions. */
    default void access(Request request, int mask) throws IOException {
        throw unsupported();
    }

    // Open files.

    /** Opens a file; {@code flags} as in open(2), {@code openFlags} is OPEN_KILL_SUIDGID or 0. */
    default OpenOut open(Request request, int flags, int openFlags) throws IOException {
        throw unsupported();
    }

    /** Makes and opens a file. */
    default CreateOut create(Request request, byte[] name, CreateIn in) throws IOException {
        throw unsupported();
    }

    /** Makes and opens a file without a name in the request's directory (O_TMPFILE). */
    default CreateOut tmpfile(Request request, CreateIn in) throws IOException {
        throw unsupported();
    }

    /** Reads into {@code reply}; nothing put there is the end of the file. */
    default void read(Request request, ReadIn in, ReadReply reply) throws IOException {
        throw unsupported();
    }

    /** Writes; the data is valid until the method returns. Returns the number of bytes written. */
    default int write(Request request, WriteIn in) throws IOException {
        throw unsupported();
    }

    /** A descriptor of the file was closed; an error becomes that of close(2). */
    default void flush(Request request, long fh, long lockOwner) throws IOException {
        throw unsupported();
    }

    /** Makes the file durable. */
    default void fsync(Request request, long fh, boolean dataOnly) throws IOException {
        throw unsupported();
    }

    /** The last use of the handle is over. */
    default void release(Request request, ReleaseIn in) throws IOException {
        throw unsupported();
    }

    /** Reserves, zeroes or frees a range; {@code mode} as in fallocate(2). */
    default void fallocate(Request request, long fh, long offset, long length, int mode) throws IOException {
        throw unsupported();
    }

    /** The offset of the next data or hole; {@code whence} is SEEK_DATA 3 or SEEK_HOLE 4. */
    default long lseek(Request request, long fh, long offset, int whence) throws IOException {
        throw unsupported();
    }

    /** Copies a range between two open files; returns the bytes copied. */
    default long copyFileRange(Request request, CopyRangeIn in) throws IOException {
        throw unsupported();
    }

    /** Device control. */
    default IoctlOut ioctl(Request request, IoctlIn in) throws IOException {
        throw unsupported();
    }

    /** Events that hold now; {@link Notifier#pollWakeup} tells about later ones. */
    default int poll(Request request, PollIn in) throws IOException {
        throw unsupported();
    }

    /** The device block of a file block; for mounts of block devices. */
    default long bmap(Request request, long block, int blockSize) throws IOException {
        throw unsupported();
    }

    // Directories.

    /** Opens a directory. */
    default OpenOut opendir(Request request, int flags) throws IOException {
        throw unsupported();
    }

    /** Adds entries to {@code out} from the place that {@code in} names, until it is full or there are no more. */
    default void readdir(Request request, ReadDirIn in, DirectoryBuffer out) throws IOException {
        throw unsupported();
    }

    /** The last use of a directory handle is over. */
    default void releasedir(Request request, ReleaseIn in) throws IOException {
        throw unsupported();
    }

    /** Makes the directory's entries durable. */
    default void fsyncdir(Request request, long fh, boolean dataOnly) throws IOException {
        throw unsupported();
    }

    // Extended attributes.

    /** Sets one; {@code flags} 1 must create, 2 must replace; {@code extFlags} is SETXATTR_ACL_KILL_SGID or 0. */
    default void setxattr(Request request, byte[] name, byte[] value, int flags, int extFlags) throws IOException {
        throw unsupported();
    }

    /** The value; sizes and ERANGE are the session's business. */
    default byte[] getxattr(Request request, byte[] name) throws IOException {
        throw unsupported();
    }

    /** All names. */
    default List<byte[]> listxattr(Request request) throws IOException {
        throw unsupported();
    }

    /** Removes one. */
    default void removexattr(Request request, byte[] name) throws IOException {
        throw unsupported();
    }

    // Locks and the whole file system.

    /** The lock that stands in the way, or {@link LockRange#UNLOCKED}. */
    default LockRange getlk(Request request, LockIn in) throws IOException {
        throw unsupported();
    }

    /**
     * Sets or drops a lock. When {@code in} is blocking it waits, and {@link Request#onInterrupt} must end the wait
     * with EINTR.
     */
    default void setlk(Request request, LockIn in) throws IOException {
        throw unsupported();
    }

    /** Room in the file system. */
    default StatfsOut statfs(Request request) throws IOException {
        throw unsupported();
    }

    /** Makes everything durable: sync(2) and syncfs(2). */
    default void syncfs(Request request) throws IOException {
        throw unsupported();
    }

    private static FuseException unsupported() {
        return new FuseException(Errno.ENOSYS);
    }
}
