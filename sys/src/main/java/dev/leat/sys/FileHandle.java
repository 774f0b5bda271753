package dev.leat.sys;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An open local file: work files and cache segments. Any thread may use it. Reads and writes take a position, so there
 * is no shared one; they block, so they belong on platform threads. A closed handle answers EBADF, but a close that
 * overtakes a call in flight can hit a descriptor number used anew: the owner closes after the last user.
 */
public final class FileHandle implements AutoCloseable {
    /** Result of {@link #preadNoWait}: the bytes are not in memory. */
    public static final long WOULD_BLOCK = -1;

    /** Result of {@link #seekData}: nothing but a hole until the end. */
    public static final long NO_DATA = -1;

    private static final long FICLONE = 0x40049409L;

    private final AtomicInteger fd;
    private final String name;

    private FileHandle(int fd, String name) {
        this.fd = new AtomicInteger(fd);
        this.name = name;
    }

    /** Opens a file with the flags of {@link Open} and, when it is created, the permission bits {@code mode}. */
    public static FileHandle open(Path path, int flags, int mode) throws ErrnoException {
        return new FileHandle(Fs.open(path, flags, mode), path.toString());
    }

    /** An unnamed file, for reading and writing, on the file system of {@code directory}. */
    public static FileHandle temporary(Path directory) throws ErrnoException {
        return new FileHandle(Fs.open(directory, Open.TMPFILE | Open.RDWR, 0600), directory + "/(unnamed)");
    }

    /** Takes over a descriptor; {@code name} is for messages. */
    public static FileHandle adopt(int fd, String name) {
        return new FileHandle(fd, name);
    }

    /** The descriptor, valid until {@link #close}. */
    public int descriptor() throws ErrnoException {
        int value = fd.get();
        if (value < 0) {
            throw new ErrnoException(Errno.EBADF, "use of closed file(" + name + ")");
        }
        return value;
    }

    /**
     * Reads at {@code offset} until {@code to} is full or the file ends.
     *
     * @return bytes read; fewer than asked only at the end of the file
     */
    public long pread(MemorySegment to, long offset) throws ErrnoException {
        int descriptor = descriptor();
        long done = 0;
        while (done < to.byteSize()) {
            long n = Io.pread(descriptor, to.asSlice(done), to.byteSize() - done, offset + done);
            if (n == 0) {
                break;
            }
            if (n > 0) {
                done += n;
            } else if (n != -Errno.EINTR.number()) {
                throw failure("pread", n);
            }
        }
        return done;
    }

    /**
     * Reads what is in the page cache at {@code offset}, without waiting for the disk.
     *
     * @return bytes read, perhaps fewer than asked; 0 at the end of the file; {@link #WOULD_BLOCK} when the first byte
     *     is not in memory or the file system cannot tell
     */
    public long preadNoWait(MemorySegment to, long offset) throws ErrnoException {
        long n = Io.preadNoWait(descriptor(), to, to.byteSize(), offset);
        if (n >= 0) {
            return n;
        }
        return switch (Io.errno(n)) {
            case EAGAIN, EOPNOTSUPP, EINTR -> WOULD_BLOCK;
            default -> throw failure("preadv2", n);
        };
    }

    /** Writes all of {@code from} at {@code offset}. */
    public void pwrite(MemorySegment from, long offset) throws ErrnoException {
        int descriptor = descriptor();
        long done = 0;
        while (done < from.byteSize()) {
            long n = Io.pwrite(descriptor, from.asSlice(done), from.byteSize() - done, offset + done);
            if (n >= 0) {
                done += n;
            } else if (n != -Errno.EINTR.number()) {
                throw failure("pwrite", n);
            }
        }
    }

    /** Cuts or extends the file to {@code size} bytes; an extension is a hole. */
    public void truncate(long size) throws ErrnoException {
        Fs.ftruncate(descriptor(), size);
    }

    /** Reserves disk space for a range, so that writing it cannot fail for want of space; keeps the size. */
    public void reserve(long offset, long length) throws ErrnoException {
        Fs.fallocate(descriptor(), Fs.FALLOC_KEEP_SIZE, offset, length);
    }

    /** Gives the space of a range back; it reads as zeros afterwards. */
    public void punch(long offset, long length) throws ErrnoException {
        Fs.fallocate(descriptor(), Fs.FALLOC_PUNCH_HOLE | Fs.FALLOC_KEEP_SIZE, offset, length);
    }

    /** Makes a range read as zeros and keeps its space. */
    public void zero(long offset, long length) throws ErrnoException {
        Fs.fallocate(descriptor(), Fs.FALLOC_ZERO_RANGE | Fs.FALLOC_KEEP_SIZE, offset, length);
    }

    /** The first offset at or after {@code offset} that is not in a hole; {@link #NO_DATA} when there is none. */
    public long seekData(long offset) throws ErrnoException {
        try {
            return Fs.lseek(descriptor(), offset, Fs.SEEK_DATA);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENXIO) {
                return NO_DATA;
            }
            throw e;
        }
    }

    /** The start of the first hole at or after {@code offset}; the end of the file counts as one. */
    public long seekHole(long offset) throws ErrnoException {
        return Fs.lseek(descriptor(), offset, Fs.SEEK_HOLE);
    }

    /** Waits until the data is on the disk. */
    public void dataSync() throws ErrnoException {
        Fs.fdatasync(descriptor());
    }

    /** Waits until data and metadata are on the disk. */
    public void sync() throws ErrnoException {
        Fs.fsync(descriptor());
    }

    /** Puts the file on the disk and has the kernel forget its pages, so that the next read comes from the disk. */
    public void forgetPages() throws ErrnoException {
        Fs.fsync(descriptor());
        Fs.forgetPages(descriptor());
    }

    /** The file's attributes. */
    public FileStat stat() throws ErrnoException {
        return Fs.fstat(descriptor());
    }

    /** The file's size in bytes. */
    public long size() throws ErrnoException {
        long size = Fs.size(descriptor());
        if (size < 0) {
            throw failure("statx", size);
        }
        return size;
    }

    /** Copies a range inside the kernel; the result may be short, and is 0 at the end of this file. */
    public long copyTo(FileHandle target, long offset, long targetOffset, long bytes) throws ErrnoException {
        return Fs.copyFileRange(descriptor(), offset, target.descriptor(), targetOffset, bytes);
    }

    /**
     * Makes this file share all data of {@code source}, copied on write.
     *
     * @return false where the file system cannot (ext4, tmpfs) or the two are on different ones
     */
    public boolean cloneFrom(FileHandle source) throws ErrnoException {
        try {
            Descriptors.ioctl(descriptor(), FICLONE, MemorySegment.ofAddress(source.descriptor()));
            return true;
        } catch (ErrnoException e) {
            return switch (e.errno()) {
                case EOPNOTSUPP, ENOTTY, EXDEV, EINVAL -> false;
                default -> throw e;
            };
        }
    }

    /** Whether nobody else has the file open or mapped for writing; see {@link Fs#isSoleWriter}. */
    public boolean isSoleWriter() throws ErrnoException {
        return Fs.isSoleWriter(descriptor());
    }

    /** Maps a range into memory; {@code offset} is a multiple of the page size. */
    public Mapping map(long offset, long bytes, boolean writable) throws ErrnoException {
        return Mapping.of(descriptor(), offset, bytes, writable);
    }

    @Override
    public void close() throws ErrnoException {
        int value = fd.getAndSet(-1);
        if (value >= 0) {
            Fs.close(value);
        }
    }

    @Override
    public String toString() {
        return name;
    }

    private ErrnoException failure(String call, long result) {
        return new ErrnoException(Io.errno(result), call + "(" + name + ")");
    }
}
