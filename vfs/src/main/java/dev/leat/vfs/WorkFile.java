package dev.leat.vfs;

import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.Time;
import dev.leat.sys.Errno;
import dev.leat.sys.ErrnoException;
import dev.leat.sys.FileHandle;
import dev.leat.sys.FileStat;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The private local file that holds what was written to an inode, at the same offsets, from the first write to the last
 * close. What was never written is a hole and means nothing.
 */
final class WorkFile {
    private static final Logger LOG = LoggerFactory.getLogger(WorkFile.class);

    private final Path path;
    private final FileHandle file;
    private final @Nullable WorkLog log;

    /** Who finds what the kernel writes to it by itself; null if it does not. */
    volatile @Nullable WholeFile whole;

    WorkFile(Path path, FileHandle file, @Nullable WorkLog log) {
        this.path = path;
        this.file = file;
        this.log = log;
    }

    /** Notes for the next daemon that bytes were written. */
    void wrote(OpenInode of, long start, long end, boolean appended, boolean killPrivileges, Time time)
            throws FsException {
        if (log != null) {
            log.wrote(start, end, appended, killPrivileges, time);
            if (log.isLong()) {
                log.all(of);
            }
        }
    }

    /** Notes for the next daemon which bytes no record refers to. */
    void changed(OpenInode of) throws FsException {
        if (log != null) {
            log.all(of);
        }
    }

    void write(long offset, MemorySegment bytes) throws FsException {
        try {
            file.pwrite(bytes, offset);
        } catch (ErrnoException e) {
            throw failed("write", e);
        }
    }

    /** Reads bytes that were written before; past the file's end come zeros. */
    void read(long offset, MemorySegment to, long toOffset, int lengthBytes) throws FsException {
        try {
            MemorySegment slice = to.asSlice(toOffset, lengthBytes);
            long got = file.pread(slice, offset);
            if (got < lengthBytes) {
                slice.asSlice(got).fill((byte) 0);
            }
        } catch (ErrnoException e) {
            throw failed("read", e);
        }
    }

    /** {@link #read} for publication: what the kernel wrote before is not found again. */
    void readToPublish(long offset, MemorySegment to, int lengthBytes) throws FsException {
        read(offset, to, 0, lengthBytes);
        WholeFile kernels = whole;
        if (kernels != null) {
            kernels.published(offset, to.asSlice(0, lengthBytes));
        }
    }

    /** Cuts off everything from {@code sizeBytes} on. */
    void cut(long sizeBytes) throws FsException {
        try {
            if (file.size() > sizeBytes) {
                file.truncate(sizeBytes);
            }
        } catch (ErrnoException e) {
            throw failed("truncate", e);
        }
    }

    /** The open file. */
    FileHandle handle() {
        return file;
    }

    /** Whether it still has its name: what has none is gone after the end of this process. */
    boolean isThere() throws FsException {
        return stat().nlink() > 0;
    }

    // What follows is for a file that the kernel reads and writes by itself; see {@link WholeFile}.

    /** Its descriptor, to be registered with the kernel. */
    int descriptor() throws FsException {
        try {
            return file.descriptor();
        } catch (ErrnoException e) {
            throw failed("use", e);
        }
    }

    FileStat stat() throws FsException {
        try {
            return file.stat();
        } catch (ErrnoException e) {
            throw failed("stat", e);
        }
    }

    /** Cuts or extends it. */
    void resize(long sizeBytes) throws FsException {
        try {
            file.truncate(sizeBytes);
        } catch (ErrnoException e) {
            throw failed("truncate", e);
        }
    }

    /** Makes a range read as zeros; it is a hole from then on. */
    void punch(long offset, long lengthBytes) throws FsException {
        try {
            file.punch(offset, lengthBytes);
        } catch (ErrnoException e) {
            throw failed("fallocate", e);
        }
    }

    /** Where data begins at or after {@code offset}, or -1. */
    long seekData(long offset) throws FsException {
        try {
            return file.seekData(offset);
        } catch (ErrnoException e) {
            throw failed("lseek", e);
        }
    }

    /** Where a hole begins at or after {@code offset}, which is inside the file. */
    long seekHole(long offset) throws FsException {
        try {
            return file.seekHole(offset);
        } catch (ErrnoException e) {
            throw failed("lseek", e);
        }
    }

    /** Whether no program has it open or mapped for writing. */
    boolean isSoleWriter() throws FsException {
        try {
            return file.isSoleWriter();
        } catch (ErrnoException e) {
            throw failed("lease", e);
        }
    }

    /** Tells the next daemon that all of the file is the truth, whoever wrote it. */
    void whole() throws FsException {
        if (log != null) {
            log.whole();
        }
    }

    /** Its length, in bytes. */
    long sizeBytes() throws FsException {
        try {
            return file.size();
        } catch (ErrnoException e) {
            throw failed("stat", e);
        }
    }

    /** What the caller of a system call is told of a failure of the work disk. */
    static Errno errno(IOException e) {
        for (Throwable at = e; at != null; at = at.getCause()) {
            if (at instanceof ErrnoException cause) {
                Errno errno = cause.errno();
                return errno == Errno.ENOSPC || errno == Errno.EDQUOT || errno == Errno.EFBIG ? errno : Errno.EIO;
            }
        }
        return Errno.EIO;
    }

    FsException failed(String what, IOException e) {
        Errno errno = errno(e);
        return new FsException(errno, what + " of work file " + path + ": " + e.getMessage(), e);
    }

    @Override
    public String toString() {
        return "work file " + path;
    }

    /** Closes and removes it. */
    void discard() {
        try {
            // The log first: without it the next daemon knows that the file means nothing.
            if (log != null) {
                log.discard();
            }
            file.close();
            Files.deleteIfExists(path);
        } catch (IOException e) {
            LOG.warn("work file {} could not be removed: {}", path, e.getMessage());
        }
    }
}
