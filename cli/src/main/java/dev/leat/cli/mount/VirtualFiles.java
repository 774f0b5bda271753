package dev.leat.cli.mount;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.leat.fuse.session.FuseException;
import dev.leat.fuse.session.ReadReply;
import dev.leat.fuse.session.Request;
import dev.leat.fuse.wire.Attr;
import dev.leat.fuse.wire.AttrOut;
import dev.leat.fuse.wire.EntryOut;
import dev.leat.fuse.wire.Fuse;
import dev.leat.fuse.wire.OpenOut;
import dev.leat.fuse.wire.ReadIn;
import dev.leat.meta.fs.FileType;
import dev.leat.meta.fs.MetaFs;
import dev.leat.sys.Errno;
import dev.leat.sys.Open;
import dev.leat.sys.Processes;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The two files at a mount's root that are of no volume: {@code .stats}, the metrics as they were when it was opened, and
 * {@code .accesslog}, the requests of the kernel as they are answered. They are found by name and not listed; root and
 * the daemon's user may read them, and nobody may change them or give their names to something else.
 *
 * <p>The access log begins with a line that says what its columns are. Behind that a read waits until there is something,
 * whatever its offset; its length grows with what was read, so that {@code tail -f} follows it.
 */
final class VirtualFiles {
    private static final byte[] STATS_NAME = ".stats".getBytes(StandardCharsets.UTF_8);
    private static final byte[] LOG_NAME = ".accesslog".getBytes(StandardCharsets.UTF_8);

    /** Inode numbers that no session makes: theirs are beyond 2^32. */
    static final long STATS = 0x7fff_ff01L;

    static final long LOG = 0x7fff_ff02L;

    /** Handles of these files; those of others are below a million. */
    private static final long FIRST_HANDLE = 1L << 40;

    private static final int READ_ONLY = 0400;
    private static final int ACCESS_MODE = 3;

    private static final byte[] HEADER =
            "# TIME [uid:UID,gid:GID,pid:PID] OPERATION (INODE,ARGUMENTS): RESULT <SECONDS>\n"
                    .getBytes(StandardCharsets.UTF_8);

    private final AccessStreams streams;
    private final Instant started;
    private final AtomicLong nextHandle = new AtomicLong(FIRST_HANDLE);
    private final Map<Long, byte[]> openStats = new ConcurrentHashMap<>();
    private final Map<Long, AccessStream> openLogs = new ConcurrentHashMap<>();
    private volatile Supplier<String> stats = () -> "";

    VirtualFiles(AccessStreams streams, Instant started) {
        this.streams = streams;
        this.started = started;
    }

    /** Sets where {@code .stats} gets its text. */
    void stats(Supplier<String> source) {
        stats = source;
    }

    /** Whether an inode is one of these files. */
    static boolean owns(long ino) {
        return ino == STATS || ino == LOG;
    }

    private static long named(long parent, byte[] name) {
        if (parent != MetaFs.ROOT || name.length == 0 || name[0] != '.') {
            return 0;
        }
        return Arrays.equals(name, STATS_NAME) ? STATS : Arrays.equals(name, LOG_NAME) ? LOG : 0;
    }

    /** The file of that name; null if it is none of these. */
    @Nullable
    EntryOut lookup(Request request, byte[] name) {
        long ino = named(request.nodeid(), name);
        if (ino == 0) {
            return null;
        }
        request.aside();
        return new EntryOut(ino, 0, 0, 0, attr(ino, null));
    }

    AttrOut getattr(Request request, @Nullable Long handle) {
        request.aside();
        return new AttrOut(attr(request.nodeid(), handle), 0);
    }

    private Attr attr(long ino, @Nullable Long handle) {
        byte[] text = handle == null ? null : openStats.get(handle);
        long size = text == null ? 0 : text.length;
        Instant changed = started;
        if (ino == LOG) {
            size = HEADER.length + streams.bytes();
            changed = Instant.now();
        }
        return new Attr(
                ino,
                size,
                (size + 511) / 512,
                changed.getEpochSecond(),
                changed.getNano(),
                changed.getEpochSecond(),
                changed.getNano(),
                changed.getEpochSecond(),
                changed.getNano(),
                FileType.FILE.modeBits() | READ_ONLY,
                1,
                Processes.geteuid(),
                Processes.getgid(),
                0,
                4096);
    }

    /** Fails with EEXIST or EPERM if something is to be done to one of the names. */
    static void refuse(long parent, byte[] name, Errno errno) throws FuseException {
        if (named(parent, name) != 0) {
            throw new FuseException(errno);
        }
    }

    /** Fails with EPERM if one of the files is to be changed. */
    static void refuse(long ino) throws FuseException {
        if (owns(ino)) {
            throw new FuseException(Errno.EPERM);
        }
    }

    OpenOut open(Request request, int flags) throws FuseException {
        request.aside();
        int uid = request.caller().uid();
        if ((flags & ACCESS_MODE) != 0 || (uid != 0 && uid != Processes.geteuid())) {
            throw new FuseException(Errno.EACCES);
        }
        long handle = nextHandle.getAndIncrement();
        if (request.nodeid() == STATS) {
            openStats.put(handle, stats.get().getBytes(StandardCharsets.UTF_8));
        } else {
            AccessStream stream = new AccessStream();
            if (!streams.add(stream)) {
                throw new FuseException(Errno.EBUSY);
            }
            openLogs.put(handle, stream);
        }
        return new OpenOut(handle, Fuse.FOPEN_DIRECT_IO | Fuse.FOPEN_NOFLUSH);
    }

    void read(Request request, ReadIn in, ReadReply reply) throws FuseException {
        request.aside();
        byte[] text = openStats.get(in.fh());
        if (text != null) {
            fill(reply, text, in.offset());
            return;
        }
        AccessStream stream = openLogs.get(in.fh());
        if (stream == null) {
            throw new FuseException(Errno.EBADF);
        }
        if (in.offset() < HEADER.length) {
            fill(reply, HEADER, in.offset());
            return;
        }
        fill(reply, next(request, stream, reply.size(), (in.flags() & Open.NONBLOCK) == 0), 0);
    }

    private static byte[] next(Request request, AccessStream stream, int most, boolean wait) throws FuseException {
        if (most == 0) {
            return AccessStream.END;
        }
        if (stream.isOver()) {
            throw new FuseException(Errno.ENODEV);
        }
        Thread reader = Thread.currentThread();
        request.onInterrupt(reader::interrupt);
        try {
            byte[] lines = stream.read(most, wait);
            if (lines == null) {
                throw new FuseException(Errno.EAGAIN);
            }
            return lines;
        } catch (InterruptedException e) {
            throw new FuseException(Errno.EINTR);
        }
    }

    private static void fill(ReadReply reply, byte[] text, long offset) {
        int from = (int) Math.min(offset, text.length);
        int length = Math.min(reply.size(), text.length - from);
        MemorySegment.copy(text, from, reply.buffer(), JAVA_BYTE, 0, length);
        reply.filled(length);
    }

    void release(Request request, long handle) {
        request.aside();
        openStats.remove(handle);
        AccessStream stream = openLogs.remove(handle);
        if (stream != null) {
            streams.remove(stream);
        }
    }
}
