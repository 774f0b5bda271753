package dev.leat.sys;

import static dev.leat.sys.NativeFunction.pointer;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** System calls on paths and on open files. For an open file that belongs to this process use {@link FileHandle}. */
public final class Fs {
    /** {@code fallocate}: leave the size as it is. */
    public static final int FALLOC_KEEP_SIZE = 1;
    /** {@code fallocate}: give the range back; it reads as zeros. Needs KEEP_SIZE. */
    public static final int FALLOC_PUNCH_HOLE = 2;
    /** {@code fallocate}: the range reads as zeros and stays allocated. */
    public static final int FALLOC_ZERO_RANGE = 16;
    /** {@code lseek}: from the start. */
    public static final int SEEK_SET = 0;
    /** {@code lseek}: the next byte that is not in a hole. */
    public static final int SEEK_DATA = 3;
    /** {@code lseek}: the next hole; the end of the file is one. */
    public static final int SEEK_HOLE = 4;
    /** {@code openat}: relative to the working directory. */
    public static final int AT_FDCWD = -100;

    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int STATX_BASIC_STATS = 0x7ff;

    private static final NativeFunction OPENAT = NativeFunction.ofInt("openat");
    private static final NativeFunction CLOSE = NativeFunction.ofInt("close");
    private static final NativeFunction FSYNC = NativeFunction.ofInt("fsync");
    private static final NativeFunction FDATASYNC = NativeFunction.ofInt("fdatasync");
    private static final NativeFunction FTRUNCATE = NativeFunction.ofInt("ftruncate");
    private static final NativeFunction FALLOCATE = NativeFunction.ofInt("fallocate");
    private static final NativeFunction STATX = NativeFunction.ofInt("statx");
    private static final NativeFunction FSTATFS = NativeFunction.ofInt("fstatfs");

    private static final NativeFunction SYNCFS = NativeFunction.ofInt("syncfs");
    private static final NativeFunction FLOCK = NativeFunction.ofInt("flock");
    private static final NativeFunction LSEEK = NativeFunction.ofLong("lseek");
    private static final NativeFunction COPY_FILE_RANGE = NativeFunction.ofLong("copy_file_range");
    private static final NativeFunction STATFS = NativeFunction.ofInt("statfs");
    private static final NativeFunction RENAMEAT2 = NativeFunction.ofInt("renameat2");
    private static final NativeFunction FADVISE = NativeFunction.ofInt("posix_fadvise");

    private static final NativeFunction FCNTL = NativeFunction.ofInt("fcntl");

    private static final int POSIX_FADV_DONTNEED = 4;
    private static final int F_SETLEASE = 1024;
    private static final int F_WRLCK = 1;
    private static final int F_UNLCK = 2;

    private static final MemorySegment EMPTY_PATH = Arena.global().allocateFrom("");

    private Fs() {}

    /** Opens {@code path}; CLOEXEC is always added. */
    public static int open(Path path, int flags, int mode) throws ErrnoException {
        return openat(AT_FDCWD, path.toString(), flags, mode);
    }

    /** Opens {@code path} relative to the directory {@code dirFd}; CLOEXEC is always added. */
    public static int openat(int dirFd, String path, int flags, int mode) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(path);
            return (int) Checked.run(
                    "open", path, slot -> OPENAT.call(slot, dirFd, pointer(name), flags | Open.CLOEXEC, mode));
        }
    }

    /** Closes a descriptor. EINTR counts as closed, as Linux does it. */
    public static void close(int fd) throws ErrnoException {
        Checked.run("close", fd, slot -> {
            long result = CLOSE.call(slot, fd);
            return result < 0 && CallSlots.errno(slot) == Errno.EINTR.number() ? 0 : result;
        });
    }

    /** Closes a descriptor and forgets an error; for clean-up after another failure. */
    public static void closeQuietly(int fd) {
        MemorySegment slot = CallSlots.take();
        try {
            CLOSE.call(slot, fd);
        } finally {
            CallSlots.give(slot);
        }
    }

    /** Waits until data and metadata of the file or directory are on the disk. */
    public static void fsync(int fd) throws ErrnoException {
        Checked.run("fsync", fd, slot -> FSYNC.call(slot, fd));
    }

    /** Waits until the data, and the metadata needed to read it, are on the disk. */
    public static void fdatasync(int fd) throws ErrnoException {
        Checked.run("fdatasync", fd, slot -> FDATASYNC.call(slot, fd));
    }

    /** Cuts or extends the file to {@code size} bytes. */
    public static void ftruncate(int fd, long size) throws ErrnoException {
        Checked.run("ftruncate", fd, slot -> FTRUNCATE.call(slot, fd, size));
    }

    /** Changes the allocation of a range; {@code mode} is made of the FALLOC flags. */
    public static void fallocate(int fd, int mode, long offset, long length) throws ErrnoException {
        Checked.run("fallocate", fd, slot -> FALLOCATE.call(slot, fd, mode, offset, length));
    }

    /** Moves or asks the position; {@code whence} is one of the SEEK values. */
    public static long lseek(int fd, long offset, int whence) throws ErrnoException {
        return Checked.run("lseek", fd, slot -> LSEEK.call(slot, fd, offset, whence));
    }

    /** Renames with flags: 1 fails when the target exists, 2 swaps the two, 4 leaves a whiteout. */
    public static void rename(Path from, Path to, int flags) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment source = arena.allocateFrom(from.toString());
            MemorySegment target = arena.allocateFrom(to.toString());
            Checked.run(
                    "renameat2",
                    from + ", " + to,
                    slot -> RENAMEAT2.call(slot, AT_FDCWD, pointer(source), AT_FDCWD, pointer(target), flags));
        }
    }

    /** Makes everything of the file system that holds an open file durable. */
    public static void syncfs(int fd) throws ErrnoException {
        Checked.run("syncfs", fd, slot -> SYNCFS.call(slot, fd));
    }

    /**
     * Asks the kernel to forget the pages of an open file that are on the disk; dirty ones stay, so sync it before. Any
     * user may.
     */
    public static void forgetPages(int fd) throws ErrnoException {
        // This call returns the error number itself; a negative result is what Checked takes for a failure.
        long error = Checked.run("posix_fadvise", fd, slot -> FADVISE.call(slot, fd, 0, 0, POSIX_FADV_DONTNEED));
        if (error != 0) {
            throw new ErrnoException(Errno.of((int) error), "posix_fadvise(" + fd + ")");
        }
    }

    /**
     * Whether nobody but {@code fd}, which is open for writing, has the file open or mapped for writing. Nobody may be about to
     * open it: for a moment an open would wait, and this process would be told by SIGIO.
     *
     * @throws ErrnoException where the file system has no leases
     */
    public static boolean isSoleWriter(int fd) throws ErrnoException {
        try {
            Checked.run("fcntl(F_SETLEASE)", fd, slot -> FCNTL.call(slot, fd, F_SETLEASE, F_WRLCK));
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EAGAIN) {
                return false;
            }
            throw e;
        }
        Checked.run("fcntl(F_SETLEASE)", fd, slot -> FCNTL.call(slot, fd, F_SETLEASE, F_UNLCK));
        return true;
    }

    /** Locks a whole file: 1 shared, 2 exclusive, 8 unlock; plus 4 to fail with EAGAIN rather than wait. */
    public static void flock(int fd, int operation) throws ErrnoException {
        Checked.run("flock", fd, slot -> FLOCK.call(slot, fd, operation));
    }

    /**
     * Copies inside the kernel, by reference where the file system can.
     *
     * @return bytes copied; may be fewer than asked, 0 at the end of the source
     */
    public static long copyFileRange(int from, long fromOffset, int to, long toOffset, long bytes)
            throws ErrnoException {
        return Checked.run("copy_file_range", from + " to " + to, slot -> {
            MemorySegment offsets = slot.asSlice(CallSlots.SCRATCH_OFFSET, 16);
            offsets.set(JAVA_LONG, 0, fromOffset);
            offsets.set(JAVA_LONG, 8, toOffset);
            return COPY_FILE_RANGE.call(slot, from, pointer(offsets), to, pointer(offsets) + 8, bytes, 0);
        });
    }

    /** The attributes of an open file. */
    public static FileStat fstat(int fd) throws ErrnoException {
        FileStat[] stat = new FileStat[1];
        Checked.run("statx", fd, slot -> {
            MemorySegment buffer = slot.asSlice(CallSlots.SCRATCH_OFFSET, FileStat.STATX_BYTES);
            long result = STATX.call(slot, fd, pointer(EMPTY_PATH), AT_EMPTY_PATH, STATX_BASIC_STATS, pointer(buffer));
            stat[0] = FileStat.of(buffer);
            return result;
        });
        return stat[0];
    }

    /** The attributes of a path; the last component is not followed when it is a symbolic link. */
    public static FileStat lstat(Path path) throws ErrnoException {
        FileStat[] stat = new FileStat[1];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(path.toString());
            Checked.run("statx", path, slot -> {
                MemorySegment buffer = slot.asSlice(CallSlots.SCRATCH_OFFSET, FileStat.STATX_BYTES);
                long result = STATX.call(
                        slot, AT_FDCWD, pointer(name), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, pointer(buffer));
                stat[0] = FileStat.of(buffer);
                return result;
            });
        }
        return stat[0];
    }

    /** The size of an open file in bytes, or the negated error number; allocates no object. */
    public static long size(int fd) {
        MemorySegment slot = CallSlots.take();
        try {
            MemorySegment buffer = slot.asSlice(CallSlots.SCRATCH_OFFSET, FileStat.STATX_BYTES);
            long result = STATX.call(slot, fd, pointer(EMPTY_PATH), AT_EMPTY_PATH, STATX_BASIC_STATS, pointer(buffer));
            return result < 0 ? -CallSlots.errno(slot) : buffer.get(JAVA_LONG, FileStat.SIZE_OFFSET);
        } finally {
            CallSlots.give(slot);
        }
    }

    /** The file system that holds {@code path}. */
    public static FsStat statfs(Path path) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(path.toString());
            MemorySegment buffer = arena.allocate(FsStat.STATFS_BYTES, 8);
            Checked.run("statfs", path, slot -> STATFS.call(slot, pointer(name), pointer(buffer)));
            return FsStat.of(buffer);
        }
    }

    /** The file system that holds an open file. */
    public static FsStat fstatfs(int fd) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(FsStat.STATFS_BYTES, 8);
            Checked.run("fstatfs", fd, slot -> FSTATFS.call(slot, fd, pointer(buffer)));
            return FsStat.of(buffer);
        }
    }
}
