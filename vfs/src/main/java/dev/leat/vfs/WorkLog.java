package dev.leat.vfs;

import dev.leat.meta.fs.ContentVersion;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.Time;
import dev.leat.sys.Errno;
import dev.leat.sys.ErrnoException;
import dev.leat.sys.FileHandle;
import dev.leat.sys.Open;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which ranges of a work file hold bytes that no record refers to, for the daemon that goes on after this one was killed. Each write adds a row after its
 * bytes are in the work file and before it is answered; what changes more than that adds all ranges anew. Ranges that are being published stay in it until that
 * is done: to publish the same bytes at the same place again does no harm.
 *
 * <p>Used under the lock of its file.
 */
final class WorkLog {
    private static final Logger log = LoggerFactory.getLogger(WorkLog.class);

    /** A range that was written. */
    private static final int WRITE = 1;

    /** Begins anew; as many rows of ranges follow as it says. */
    private static final int ALL = 2;

    private static final int RANGE = 3;

    /** All of the work file is the truth: the kernel writes to it without telling. Holds for the rest of the log's life. */
    private static final int WHOLE = 4;

    private static final int APPENDED = 1;
    private static final int KILL_PRIVILEGES = 2;

    /** Kind, flags, and five numbers. */
    private static final int ROW_BYTES = 48;

    /** A log that is longer is written anew when that makes it shorter by half. */
    private static final long LONG_BYTES = 1 << 20;

    private final Path path;
    private FileHandle file;
    private MemorySegment row = Arena.ofAuto().allocate(ROW_BYTES, 8);
    private long position;
    private long shortenAt = LONG_BYTES;
    private boolean whole;

    private WorkLog(Path path, FileHandle file) {
        this.path = path;
        this.file = file;
    }

    static WorkLog create(Path path) throws FsException {
        try {
            return new WorkLog(path, open(path));
        } catch (ErrnoException e) {
            throw failed(path, e);
        }
    }

    /** Goes on with the log of another daemon, which {@link #all} has to follow at once. */
    static WorkLog reopen(Path path) throws FsException {
        try {
            FileHandle file = FileHandle.open(path, Open.RDWR | Open.CLOEXEC, 0600);
            WorkLog reopened = new WorkLog(path, file);
            reopened.shortenAt = -1;
            return reopened;
        } catch (ErrnoException e) {
            throw failed(path, e);
        }
    }

    private static FileHandle open(Path path) throws ErrnoException {
        return FileHandle.open(path, Open.RDWR | Open.CREAT | Open.TRUNC | Open.CLOEXEC, 0600);
    }

    private static FsException failed(Path path, IOException e) {
        Errno errno = e instanceof ErrnoException cause && cause.errno() == Errno.ENOSPC ? Errno.ENOSPC : Errno.EIO;
        return new FsException(errno, "log of unpublished bytes " + path + ": " + e.getMessage(), e);
    }

    /** Bytes were written. */
    void wrote(long start, long end, boolean appended, boolean killPrivileges, Time time) throws FsException {
        put(row, 0, WRITE, flags(appended, killPrivileges), start, end, time.seconds(), time.nanos(), 0);
        try {
            file.pwrite(row, position);
            position += ROW_BYTES;
        } catch (ErrnoException e) {
            throw failed(path, e);
        }
    }

    /** From now on the kernel writes to the file by itself. */
    void whole() throws FsException {
        whole = true;
        put(row, 0, WHOLE, 0, 0, 0, 0, 0, 0);
        try {
            file.pwrite(row, position);
            position += ROW_BYTES;
        } catch (ErrnoException e) {
            throw failed(path, e);
        }
    }

    /** Everything is as it is now in {@code of}. */
    void all(OpenInode of) throws FsException {
        RangeSet unpublished = of.dirty.copy();
        RangeSet appended = of.appended.copy();
        if (of.flushing != null) {
            unpublished.addAll(of.flushing);
        }
        List<RangeSet.Range> ranges = unpublished.toListCutAt(appended);
        Time time = of.written;
        try {
            if (ranges.isEmpty() && time == null && !whole) {
                file.truncate(0);
                position = 0;
                shortenAt = LONG_BYTES;
                return;
            }
            ContentVersion base = of.appendBase;
            int last = whole ? 1 : 0;
            MemorySegment rows = Arena.ofAuto().allocate((long) (2 + ranges.size() + last) * ROW_BYTES, 8);
            // The first row says how many follow; the second one is a part of it.
            put(
                    rows,
                    0,
                    ALL,
                    flags(base != null, of.killPrivileges),
                    ranges.size(),
                    base == null ? 0 : base.session(),
                    base == null ? 0 : base.number(),
                    0,
                    0);
            put(
                    rows,
                    ROW_BYTES,
                    RANGE,
                    0,
                    0,
                    0,
                    time == null ? 0 : time.seconds(),
                    time == null ? -1 : time.nanos(),
                    0);
            long at = 2L * ROW_BYTES;
            for (RangeSet.Range range : ranges) {
                boolean isAppended = appended.containsAll(range.start(), range.end());
                put(rows, at, RANGE, flags(isAppended, false), range.start(), range.end(), 0, 0, 0);
                at += ROW_BYTES;
            }
            if (whole) {
                put(rows, at, WHOLE, 0, 0, 0, 0, 0, 0);
            }
            if (position > shortenAt) {
                shorten(rows);
            } else {
                file.pwrite(rows, position);
                position += rows.byteSize();
            }
        } catch (IOException e) {
            throw failed(path, e);
        }
    }

    /** Whether it is time to write all ranges anew. */
    boolean isLong() {
        return position > shortenAt;
    }

    private void shorten(MemorySegment rows) throws IOException {
        Path shorter = path.resolveSibling(path.getFileName() + ".new");
        FileHandle before = file;
        FileHandle after = open(shorter);
        try {
            after.pwrite(rows, 0);
            Files.move(shorter, path, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            after.close();
            throw e;
        }
        file = after;
        before.close();
        position = rows.byteSize();
        shortenAt = Math.max(LONG_BYTES, 2 * position);
    }

    private static int flags(boolean appended, boolean killPrivileges) {
        return (appended ? APPENDED : 0) | (killPrivileges ? KILL_PRIVILEGES : 0);
    }

    private static void put(MemorySegment to, long at, int kind, int flags, long... numbers) {
        to.set(ValueLayout.JAVA_INT, at, kind);
        to.set(ValueLayout.JAVA_INT, at + 4, flags);
        for (int i = 0; i < numbers.length; i++) {
            to.set(ValueLayout.JAVA_LONG, at + 8 + 8L * i, numbers[i]);
        }
    }

    /** Closes and removes it. */
    void discard() {
        try {
            file.close();
            Files.deleteIfExists(path);
        } catch (IOException e) {
            log.warn("{} could not be removed: {}", path, e.getMessage());
        }
    }

    /**
     * What a log says.
     *
     * @param dirty ranges that no record refers to
     * @param appended those of them that were appended
     * @param appendBase the content at whose end they were appended; null if there are none
     * @param written time of the last write; null if there was none
     * @param killPrivileges whether setuid and setgid are to go
     * @param whole whether all of the work file is the truth, also what the log does not tell of
     */
    record Content(
            RangeSet dirty,
            RangeSet appended,
            @Nullable ContentVersion appendBase,
            @Nullable Time written,
            boolean killPrivileges,
            boolean whole) {
        boolean isEmpty() {
            return dirty.isEmpty() && written == null && !whole;
        }
    }

    /** Reads the log of a daemon that was killed. */
    static Content read(Path path) throws IOException {
        MemorySegment rows = MemorySegment.ofArray(Files.readAllBytes(path));
        RangeSet dirty = new RangeSet();
        RangeSet appended = new RangeSet();
        ContentVersion base = null;
        Time written = null;
        boolean kill = false;
        boolean whole = false;
        for (long at = 0; at + ROW_BYTES <= rows.byteSize(); ) {
            int kind = rows.get(ValueLayout.JAVA_INT_UNALIGNED, at);
            int flags = rows.get(ValueLayout.JAVA_INT_UNALIGNED, at + 4);
            if (kind == WRITE) {
                dirty.add(number(rows, at, 0), number(rows, at, 1));
                if ((flags & APPENDED) != 0) {
                    appended.add(number(rows, at, 0), number(rows, at, 1));
                }
                written = new Time(number(rows, at, 2), (int) number(rows, at, 3));
                kill |= (flags & KILL_PRIVILEGES) != 0;
                at += ROW_BYTES;
                continue;
            }
            if (kind == WHOLE) {
                whole = true;
                at += ROW_BYTES;
                continue;
            }
            long end = at + (2 + number(rows, at, 0)) * ROW_BYTES;
            if (kind != ALL || end > rows.byteSize()) {
                // Killed while it wrote this: what it was to answer was not answered.
                break;
            }
            dirty.clear();
            appended.clear();
            base = (flags & APPENDED) == 0 ? null : new ContentVersion(number(rows, at, 1), number(rows, at, 2));
            kill = (flags & KILL_PRIVILEGES) != 0;
            long nanos = number(rows, at + ROW_BYTES, 3);
            written = nanos < 0 ? null : new Time(number(rows, at + ROW_BYTES, 2), (int) nanos);
            for (long range = at + 2 * ROW_BYTES; range < end; range += ROW_BYTES) {
                dirty.add(number(rows, range, 0), number(rows, range, 1));
                if ((rows.get(ValueLayout.JAVA_INT_UNALIGNED, range + 4) & APPENDED) != 0) {
                    appended.add(number(rows, range, 0), number(rows, range, 1));
                }
            }
            at = end;
        }
        return new Content(dirty, appended, base, written, kill, whole);
    }

    private static long number(MemorySegment rows, long at, int index) {
        return rows.get(ValueLayout.JAVA_LONG_UNALIGNED, at + 8 + 8L * index);
    }
}
