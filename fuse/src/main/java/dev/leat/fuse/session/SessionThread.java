package dev.leat.fuse.session;

import dev.leat.fuse.wire.AttrOut;
import dev.leat.fuse.wire.Encode;
import dev.leat.fuse.wire.EntryOut;
import dev.leat.fuse.wire.Fuse;
import dev.leat.fuse.wire.MalformedRequestException;
import dev.leat.fuse.wire.Message;
import dev.leat.fuse.wire.Opcode;
import dev.leat.fuse.wire.ReadIn;
import dev.leat.fuse.wire.WriteIn;
import dev.leat.sys.Errno;
import dev.leat.sys.Io;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The loop of one session thread. Its request, views and reply are made once and used for every inline answer. */
final class SessionThread implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(SessionThread.class);

    private final FuseSession session;
    private final FuseOperations operations;
    private final Dispatcher dispatcher;
    private final BufferPool pool;
    private final ReadIn readIn = new ReadIn();
    private final WriteIn writeIn = new WriteIn();
    private final ReadReply readReply;
    private final Request request;

    SessionThread(FuseSession session, FuseOperations operations, Dispatcher dispatcher) {
        this.session = session;
        this.operations = operations;
        this.dispatcher = dispatcher;
        this.pool = session.pool();
        this.readReply = new ReadReply(pool);
        this.request = new Request(session, pool.take(session.requestBytes()));
    }

    @Override
    public void run() {
        try {
            int length = receive();
            while (length > 0) {
                handle(length);
                length = receive();
            }
        } finally {
            session.threadEnded();
        }
    }

    /** Reads the next request; 0 is the end of the session. */
    private int receive() {
        while (true) {
            MemorySegment memory = request.memory();
            long result = Io.read(session.descriptor(), memory, memory.byteSize());
            if (result > 0) {
                return (int) result;
            }
            if (result == 0) {
                // Of a socket: who spoke for the kernel has closed it. The device never answers so.
                return 0;
            }
            switch (Io.errno(result)) {
                case EINTR, ENOENT -> {}
                case EAGAIN -> session.awaitReadable();
                case ENODEV, ECONNABORTED, EBADF -> {
                    return 0;
                }
                default -> {
                    LOG.error("reading requests failed: {}; the session ends", Io.errno(result));
                    return 0;
                }
            }
        }
    }

    private void handle(int length) {
        try {
            request.begin(length, System.nanoTime());
            session.watch(request);
            switch (request.opcode()) {
                case Opcode.READ -> read();
                case Opcode.WRITE -> write();
                case Opcode.LOOKUP -> lookup();
                case Opcode.GETATTR -> getattr();
                case Opcode.GETXATTR -> getxattr();
                case Opcode.FORGET -> {
                    session.unanswered(Opcode.FORGET);
                    operations.forget(request.nodeid(), request.message().longAt(0));
                }
                case Opcode.BATCH_FORGET -> batchForget();
                case Opcode.INTERRUPT -> interrupt();
                case Opcode.NOTIFY_REPLY -> {
                    session.unanswered(Opcode.NOTIFY_REPLY);
                    session.notifier().retrieved(request.message());
                }
                case Opcode.DESTROY -> request.replyEmpty();
                default -> handOff();
            }
        } catch (MalformedRequestException e) {
            LOG.warn("malformed request from the kernel: {}", e.getMessage());
            request.replyError(Errno.EINVAL);
        } catch (IOException | RuntimeException e) {
            request.replyError(Dispatcher.errno(request, e));
        } catch (OutOfMemoryError | LinkageError | AssertionError e) {
            LOG.error("{} failed; the caller gets EIO", Opcode.name(request.opcode()), e);
            request.replyError(Errno.EIO);
        }
    }

    private void read() throws IOException {
        Message message = request.message();
        readIn.over(message.bytes(), message.length());
        readReply.begin(request, Math.min(readIn.size(), session.negotiated().maxReadBytes()));
        if (operations.tryRead(request, readIn, readReply)) {
            readReply.send();
        } else {
            handOff();
        }
    }

    private void write() throws IOException {
        Message message = request.message();
        writeIn.over(message.bytes(), message.length());
        int written = operations.tryWrite(request, writeIn);
        if (written >= 0) {
            Dispatcher.written(request, written);
        } else {
            handOff();
        }
    }

    private void lookup() throws IOException {
        EntryOut out = operations.tryLookup(request, request.message().nameAt(0));
        if (out != null) {
            dispatcher.entry(request, out);
        } else {
            handOff();
        }
    }

    private void getattr() throws IOException {
        AttrOut out = operations.tryGetattr(request, Dispatcher.getattrHandle(request.message()));
        if (out != null) {
            Dispatcher.attr(request, out);
        } else {
            handOff();
        }
    }

    private void getxattr() throws IOException {
        Message message = request.message();
        byte[] value = operations.tryGetxattr(request, message.nameAt(8));
        if (value != null) {
            Dispatcher.value(request, message.intAt(0), value);
        } else {
            handOff();
        }
    }

    private void batchForget() {
        Message message = request.message();
        session.unanswered(Opcode.BATCH_FORGET);
        int count = message.intAt(0);
        for (int i = 0; i < count; i++) {
            operations.forget(message.longAt(8 + 16 * i), message.longAt(16 + 16 * i));
        }
    }

    /** An interrupt can overtake its request; EAGAIN makes the kernel send it again while the request is unanswered. */
    private void interrupt() {
        session.unanswered(Opcode.INTERRUPT);
        if (!session.interrupt(request.message().longAt(0))) {
            Encode.header(request.memory(), 0, Fuse.OUT_HEADER_BYTES, -Errno.EAGAIN.number(), request.wireUnique());
            Io.write(session.descriptor(), request.memory(), Fuse.OUT_HEADER_BYTES);
        }
    }

    private void handOff() {
        int length = request.message().length();
        MemorySegment own = request.memory();
        Request handed;
        if (length <= BufferPool.SMALL_BYTES) {
            MemorySegment copy = pool.take(BufferPool.SMALL_BYTES);
            MemorySegment.copy(own, 0, copy, 0, length);
            handed = new Request(session, copy);
        } else {
            handed = new Request(session, own);
            request.memory(pool.take(session.requestBytes()));
        }
        handed.begin(length, request.startNanos());
        handed.record(request.record());
        session.handOff(handed);
    }
}
