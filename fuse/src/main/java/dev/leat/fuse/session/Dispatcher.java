package dev.leat.fuse.session;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.leat.fuse.wire.AttrOut;
import dev.leat.fuse.wire.CreateIn;
import dev.leat.fuse.wire.CreateOut;
import dev.leat.fuse.wire.DirectoryBuffer;
import dev.leat.fuse.wire.Encode;
import dev.leat.fuse.wire.EntryOut;
import dev.leat.fuse.wire.Fuse;
import dev.leat.fuse.wire.IoctlIn;
import dev.leat.fuse.wire.IoctlOut;
import dev.leat.fuse.wire.MalformedRequestException;
import dev.leat.fuse.wire.Message;
import dev.leat.fuse.wire.Opcode;
import dev.leat.fuse.wire.OpenOut;
import dev.leat.fuse.wire.ReadDirIn;
import dev.leat.fuse.wire.ReadIn;
import dev.leat.fuse.wire.ReleaseIn;
import dev.leat.fuse.wire.WriteIn;
import dev.leat.sys.Errno;
import dev.leat.sys.ErrnoException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns a request into a call of {@link FuseOperations} and its outcome into the reply. When an open or a lookup was
 * answered by the deadline before the method returned, or the caller is gone, what the method took is given back.
 */
final class Dispatcher {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
    private static final int BODY = Fuse.OUT_HEADER_BYTES;

    private final FuseOperations operations;
    private final BufferPool pool;
    private final int maxReplyBytes;

    Dispatcher(FuseOperations operations, BufferPool pool, int maxReplyBytes) {
        this.operations = operations;
        this.pool = pool;
        this.maxReplyBytes = maxReplyBytes;
    }

    /** Answers a request on this thread, however long it takes. */
    void run(Request request) {
        try {
            dispatch(request);
        } catch (IOException | RuntimeException e) {
            request.replyError(errno(request, e));
        } catch (OutOfMemoryError | StackOverflowError | LinkageError | AssertionError e) {
            LOG.error("{} of node {} failed; the caller gets EIO", Opcode.name(request.opcode()), request.nodeid(), e);
            request.replyError(Errno.EIO);
        }
    }

    /** The number that stands for an exception; unforeseen ones are logged. */
    static Errno errno(Request request, Exception e) {
        return switch (e) {
            case FuseException known -> known.errno();
            case ErrnoException known -> known.errno();
            case MalformedRequestException malformed -> {
                LOG.warn("malformed request from the kernel: {}", malformed.getMessage());
                yield Errno.EINVAL;
            }
            default -> {
                LOG.warn(
                        "{} of node {} failed; the caller gets EIO",
                        Opcode.name(request.opcode()),
                        request.nodeid(),
                        e);
                yield Errno.EIO;
            }
        };
    }

    private void dispatch(Request r) throws IOException {
        Message m = r.message();
        switch (r.opcode()) {
            case Opcode.LOOKUP -> entry(r, operations.lookup(r, m.nameAt(0)));
            case Opcode.GETATTR -> attr(r, operations.getattr(r, getattrHandle(m)));
            case Opcode.SETATTR -> attr(r, operations.setattr(r, m.setAttr()));
            case Opcode.STATX ->
                r.replyWritten(Encode.statx(
                        r.memory(), BODY, operations.statx(r, getattrHandle(m), m.intAt(16), m.intAt(20))));
            case Opcode.ACCESS -> {
                operations.access(r, m.intAt(0));
                r.replyEmpty();
            }
            case Opcode.STATFS -> r.replyWritten(Encode.statfs(r.memory(), BODY, operations.statfs(r)));
            case Opcode.SYNCFS -> {
                operations.syncfs(r);
                r.replyEmpty();
            }
            case Opcode.SYMLINK, Opcode.MKNOD, Opcode.MKDIR, Opcode.LINK, Opcode.READLINK -> make(r, m);
            case Opcode.UNLINK, Opcode.RMDIR, Opcode.RENAME, Opcode.RENAME2 -> {
                change(r, m);
                r.replyEmpty();
            }
            case Opcode.OPEN, Opcode.OPENDIR, Opcode.CREATE, Opcode.TMPFILE -> open(r, m);
            case Opcode.READ, Opcode.WRITE, Opcode.READDIR, Opcode.READDIRPLUS -> transfer(r, m);
            case Opcode.RELEASE, Opcode.RELEASEDIR, Opcode.FLUSH, Opcode.FSYNC, Opcode.FSYNCDIR, Opcode.FALLOCATE -> {
                handle(r, m);
                r.replyEmpty();
            }
            case Opcode.SETXATTR, Opcode.GETXATTR, Opcode.LISTXATTR, Opcode.REMOVEXATTR -> attribute(r, m);
            case Opcode.GETLK -> r.replyWritten(Encode.lock(r.memory(), BODY, operations.getlk(r, m.lock(false))));
            case Opcode.SETLK, Opcode.SETLKW -> {
                operations.setlk(r, m.lock(r.opcode() == Opcode.SETLKW));
                r.replyEmpty();
            }
            case Opcode.LSEEK,
                    Opcode.COPY_FILE_RANGE,
                    Opcode.COPY_FILE_RANGE_64,
                    Opcode.IOCTL,
                    Opcode.POLL,
                    Opcode.BMAP -> number(r, m);
            default -> r.replyError(Errno.ENOSYS);
        }
    }

    private void make(Request r, Message m) throws IOException {
        switch (r.opcode()) {
            case Opcode.SYMLINK -> {
                byte[] name = m.nameAt(0);
                entry(r, operations.symlink(r, name, m.nameAt(name.length + 1)));
            }
            case Opcode.MKNOD -> entry(r, operations.mknod(r, m.nameAt(16), m.intAt(0), m.intAt(4), m.intAt(8)));
            case Opcode.MKDIR -> entry(r, operations.mkdir(r, m.nameAt(8), m.intAt(0), m.intAt(4)));
            case Opcode.LINK -> entry(r, operations.link(r, m.longAt(0), m.nameAt(8)));
            case Opcode.READLINK -> r.replyBytes(operations.readlink(r));
            default -> throw new IllegalStateException("opcode " + r.opcode());
        }
    }

    private void change(Request r, Message m) throws IOException {
        switch (r.opcode()) {
            case Opcode.UNLINK -> operations.unlink(r, m.nameAt(0));
            case Opcode.RMDIR -> operations.rmdir(r, m.nameAt(0));
            case Opcode.RENAME, Opcode.RENAME2 -> {
                boolean flags = r.opcode() == Opcode.RENAME2;
                int names = flags ? 16 : 8;
                byte[] name = m.nameAt(names);
                byte[] newName = m.nameAt(names + name.length + 1);
                operations.rename(r, name, m.longAt(0), newName, flags ? m.intAt(8) : 0);
            }
            default -> throw new IllegalStateException("opcode " + r.opcode());
        }
    }

    private void open(Request r, Message m) throws IOException {
        switch (r.opcode()) {
            case Opcode.OPEN -> {
                int flags = m.intAt(0);
                OpenOut out = operations.open(r, flags, m.intAt(4));
                r.replyWritten(Encode.open(r.memory(), BODY, out));
                if (!r.delivered()) {
                    operations.release(r, new ReleaseIn(out.fh(), flags, 0, 0));
                }
            }
            case Opcode.OPENDIR -> {
                int flags = m.intAt(0);
                OpenOut out = operations.opendir(r, flags);
                r.replyWritten(Encode.open(r.memory(), BODY, out));
                if (!r.delivered()) {
                    operations.releasedir(r, new ReleaseIn(out.fh(), flags, 0, 0));
                }
            }
            case Opcode.CREATE -> created(r, m.create(), operations.create(r, m.nameAt(16), m.create()));
            case Opcode.TMPFILE -> created(r, m.create(), operations.tmpfile(r, m.create()));
            default -> throw new IllegalStateException("opcode " + r.opcode());
        }
    }

    private void created(Request r, CreateIn in, CreateOut out) throws IOException {
        int end = Encode.entry(r.memory(), BODY, out.entry());
        r.replyWritten(Encode.open(r.memory(), end, out.open()));
        if (!r.delivered()) {
            operations.release(r, new ReleaseIn(out.open().fh(), in.flags(), 0, 0));
            operations.forget(out.entry().nodeid(), 1);
        }
    }

    private void transfer(Request r, Message m) throws IOException {
        switch (r.opcode()) {
            case Opcode.READ -> {
                ReadIn in = new ReadIn().over(m.bytes(), m.length());
                ReadReply reply = new ReadReply(pool).begin(r, Math.min(in.size(), maxReplyBytes));
                try {
                    operations.read(r, in, reply);
                    reply.send();
                } finally {
                    reply.release();
                }
            }
            case Opcode.WRITE -> written(r, operations.write(r, new WriteIn().over(m.bytes(), m.length())));
            case Opcode.READDIR, Opcode.READDIRPLUS -> {
                ReadDirIn in = m.readDir();
                int size = Math.min(in.size(), maxReplyBytes);
                MemorySegment memory = pool.take(size + BODY);
                try {
                    DirectoryBuffer out = new DirectoryBuffer(memory.asSlice(BODY, size), size, in.plus());
                    operations.readdir(r, in, out);
                    Encode.header(memory, 0, BODY + out.used(), 0, r.wireUnique());
                    r.replySegment(memory, BODY + out.used());
                } finally {
                    pool.give(memory);
                }
            }
            default -> throw new IllegalStateException("opcode " + r.opcode());
        }
    }

    private void handle(Request r, Message m) throws IOException {
        switch (r.opcode()) {
            case Opcode.RELEASE -> operations.release(r, m.release());
            case Opcode.RELEASEDIR -> operations.releasedir(r, m.release());
            case Opcode.FLUSH -> operations.flush(r, m.longAt(0), m.longAt(16));
            case Opcode.FSYNC -> operations.fsync(r, m.longAt(0), (m.intAt(8) & Fuse.FSYNC_FDATASYNC) != 0);
            case Opcode.FSYNCDIR -> operations.fsyncdir(r, m.longAt(0), (m.intAt(8) & Fuse.FSYNC_FDATASYNC) != 0);
            case Opcode.FALLOCATE -> operations.fallocate(r, m.longAt(0), m.longAt(8), m.longAt(16), m.intAt(24));
            default -> throw new IllegalStateException("opcode " + r.opcode());
        }
    }

    private void attribute(Request r, Message m) throws IOException {
        switch (r.opcode()) {
            case Opcode.SETXATTR -> {
                boolean extended = r.setxattrExtended();
                int names = extended ? 16 : 8;
                byte[] name = m.nameAt(names);
                byte[] value = m.bytesAt(names + name.length + 1, m.intAt(0));
                operations.setxattr(r, name, value, m.intAt(4), extended ? m.intAt(8) : 0);
                r.replyEmpty();
            }
            case Opcode.GETXATTR -> value(r, m.intAt(0), operations.getxattr(r, m.nameAt(8)));
            case Opcode.LISTXATTR -> value(r, m.intAt(0), joined(operations.listxattr(r)));
            case Opcode.REMOVEXATTR -> {
                operations.removexattr(r, m.nameAt(0));
                r.replyEmpty();
            }
            default -> throw new IllegalStateException("opcode " + r.opcode());
        }
    }

    /** A value, or only its length when the caller asks with room for none. */
    static void value(Request r, int room, byte[] value) throws FuseException {
        if (room == 0) {
            r.memory().set(JAVA_INT, BODY, value.length);
            r.memory().set(JAVA_INT, BODY + 4, 0);
            r.replyWritten(BODY + 8);
        } else if (value.length > room) {
            throw new FuseException(Errno.ERANGE);
        } else {
            r.replyBytes(value);
        }
    }

    private static byte[] joined(List<byte[]> names) {
        int length = 0;
        for (byte[] name : names) {
            length += name.length + 1;
        }
        byte[] all = new byte[length];
        int at = 0;
        for (byte[] name : names) {
            System.arraycopy(name, 0, all, at, name.length);
            at += name.length + 1;
        }
        return all;
    }

    private void number(Request r, Message m) throws IOException {
        switch (r.opcode()) {
            case Opcode.LSEEK -> word(r, operations.lseek(r, m.longAt(0), m.longAt(8), m.intAt(16)));
            case Opcode.BMAP -> word(r, operations.bmap(r, m.longAt(0), m.intAt(8)));
            case Opcode.POLL -> written(r, operations.poll(r, m.poll()));
            case Opcode.COPY_FILE_RANGE -> written(r, (int) operations.copyFileRange(r, m.copyRange()));
            case Opcode.COPY_FILE_RANGE_64 -> word(r, operations.copyFileRange(r, m.copyRange()));
            case Opcode.IOCTL -> {
                IoctlIn in = m.ioctl();
                IoctlOut out = operations.ioctl(r, in);
                if (out.data().length > in.outSize()) {
                    throw new FuseException(Errno.EINVAL);
                }
                byte[] body = new byte[16 + out.data().length];
                MemorySegment.ofArray(body).set(JAVA_INT_UNALIGNED, 0, out.result());
                System.arraycopy(out.data(), 0, body, 16, out.data().length);
                r.replyBytes(body);
            }
            default -> throw new IllegalStateException("opcode " + r.opcode());
        }
    }

    /** Answers with a node, and forgets it when nobody takes the answer. */
    void entry(Request r, EntryOut out) {
        r.replyWritten(Encode.entry(r.memory(), BODY, out));
        if (!r.delivered() && out.nodeid() != 0) {
            operations.forget(out.nodeid(), 1);
        }
    }

    static void attr(Request r, AttrOut out) {
        r.replyWritten(Encode.attrOut(r.memory(), BODY, out));
    }

    static void written(Request r, int bytes) {
        r.memory().set(JAVA_INT, BODY, bytes);
        r.memory().set(JAVA_INT, BODY + 4, 0);
        r.replyWritten(BODY + 8);
    }

    private static void word(Request r, long value) {
        r.memory().set(JAVA_LONG, BODY, value);
        r.replyWritten(BODY + 8);
    }

    static @Nullable Long getattrHandle(Message m) {
        return (m.intAt(0) & Fuse.GETATTR_FH) != 0 ? m.longAt(8) : null;
    }
}
