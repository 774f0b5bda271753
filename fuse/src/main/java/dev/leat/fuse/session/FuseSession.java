package dev.leat.fuse.session;

import dev.leat.fuse.wire.Encode;
import dev.leat.fuse.wire.Fuse;
import dev.leat.fuse.wire.InitFlags;
import dev.leat.fuse.wire.Message;
import dev.leat.fuse.wire.Opcode;
import dev.leat.fuse.wire.WriteIn;
import dev.leat.sys.Descriptors;
import dev.leat.sys.Errno;
import dev.leat.sys.ErrnoException;
import dev.leat.sys.Fs;
import dev.leat.sys.Io;
import dev.leat.sys.IoVector;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves one mounted file system.
 *
 * <p>A few platform threads read requests from one descriptor; cloned descriptors bring nothing below eight cores and
 * would have to be kept by whoever keeps the session alive. What the file system can answer at once is answered on the
 * thread that read it, from and into memory that belongs to the thread: no allocation, no lock, two system calls. Any
 * other request goes to a virtual thread: a short one is copied into a pooled buffer, a long WRITE takes the thread's
 * buffer along and the thread goes on with another.
 *
 * <p>At most {@link SessionOptions#maxInFlight} requests are out at a time; then the session threads wait, and callers
 * whose requests were not read yet can still be killed. Waiting locks do not count, since what ends them must get in.
 * A watch answers EIO for those that take longer than the deadline, because once a request is read its caller waits
 * uninterruptibly.
 */
public final class FuseSession implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FuseSession.class);

    /** Header and arguments in front of the data of the longest WRITE, rounded to a page. */
    private static final int WRITE_HEADER_BYTES = 4096;

    private final int fd;
    private final SessionOptions options;
    private final FuseOperations operations;
    private final Negotiated negotiated;
    private final BufferPool pool;
    private final Dispatcher dispatcher;
    private final Notifier notifier;
    private final BackingFiles backingFiles;
    private final Counters counters = new Counters();
    private final ConcurrentHashMap<Long, Request> inFlight = new ConcurrentHashMap<>();
    private final Semaphore room;
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicInteger running = new AtomicInteger();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicBoolean closed = new AtomicBoolean();

    private FuseSession(int fd, SessionOptions options, FuseOperations operations, Negotiated negotiated) {
        this.fd = fd;
        this.options = options;
        this.operations = operations;
        this.negotiated = negotiated;
        this.pool =
                new BufferPool(Math.max(negotiated.maxWriteBytes(), negotiated.maxReadBytes()) + WRITE_HEADER_BYTES);
        this.dispatcher = new Dispatcher(operations, pool, negotiated.maxReadBytes());
        this.notifier = new Notifier(this);
        this.backingFiles = BackingFiles.of(fd);
        this.room = new Semaphore(options.maxInFlight());
    }

    /**
     * Agrees with the kernel and serves from then on. The session owns the descriptor.
     *
     * @param fd an open {@code /dev/fuse} that is mounted
     * @throws UnsupportedKernelException when the kernel is too old
     */
    public static FuseSession start(int fd, SessionOptions options, FuseOperations operations) throws IOException {
        MemorySegment buffer = Arena.ofAuto().allocate(BufferPool.SMALL_BYTES, 4096);
        long length;
        do {
            length = Io.read(fd, buffer, buffer.byteSize());
        } while (length == -Errno.EINTR.number());
        if (length < 0) {
            throw new ErrnoException(Io.errno(length), "read of the first request from /dev/fuse");
        }
        Message init = new Message().over(buffer, (int) length);
        if (init.opcode() != Opcode.INIT) {
            throw new IOException("the first request is " + Opcode.name(init.opcode())
                    + ", not INIT: this session was started before and can only be resumed");
        }
        long unique = init.unique();
        Negotiated agreed = InitExchange.negotiate(init, options);
        int end = InitExchange.encode(buffer, agreed, options);
        Encode.header(buffer, 0, end, 0, unique);
        long written = Io.write(fd, buffer, end);
        if (written < 0) {
            throw new ErrnoException(Io.errno(written), "reply to INIT");
        }
        return new FuseSession(fd, options, operations, agreed).serve();
    }

    /**
     * Takes over a session that another process has started, and asks the kernel for the requests it was answering.
     *
     * @param negotiated what that process agreed on
     */
    public static FuseSession resume(int fd, Negotiated negotiated, SessionOptions options, FuseOperations operations)
            throws IOException {
        FuseSession session = new FuseSession(fd, options, operations, negotiated);
        if (negotiated.has(InitFlags.HAS_RESEND)) {
            // Before anything is read: the kernel sends whatever is unanswered, also what this process has just begun
            // with, which would then be done twice.
            session.notifier.resend();
        }
        return session.serve();
    }

    private FuseSession serve() {
        operations.started(negotiated, notifier);
        running.set(options.threads());
        for (int i = 0; i < options.threads(); i++) {
            SessionThread loop = new SessionThread(this, operations, dispatcher);
            threads.add(
                    Thread.ofPlatform().daemon().name("fuse-" + fd + "-" + i).start(loop));
        }
        Thread.ofPlatform().daemon().name("fuse-" + fd + "-deadline").start(this::watchDeadlines);
        return this;
    }

    /** What was agreed on. */
    public Negotiated negotiated() {
        return negotiated;
    }

    /** Tells the kernel about changes. */
    public Notifier notifier() {
        return notifier;
    }

    /** Registers files for passthrough. */
    public BackingFiles backingFiles() {
        return backingFiles;
    }

    /** Totals by kind of request. */
    public List<OpStats> stats() {
        return counters.snapshot();
    }

    /** Requests being answered on threads of their own. */
    public int inFlight() {
        return inFlight.size();
    }

    /** The session's descriptor, for whoever keeps the session alive across a restart. */
    public int descriptor() {
        return fd;
    }

    /**
     * Waits until the kernel has ended the session, which unmounting does when nobody uses the mount any more, and the
     * operations have heard of it.
     */
    public boolean awaitEnd(Duration longest) throws InterruptedException {
        return ended.await(longest.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Closes the descriptor. Without an earlier unmount, callers get ENOTCONN from then on. */
    @Override
    public void close() throws ErrnoException {
        if (closed.compareAndSet(false, true)) {
            Fs.close(fd);
        }
    }

    BufferPool pool() {
        return pool;
    }

    /** Length of a buffer that holds any request. */
    int requestBytes() {
        return pool.largeBytes();
    }

    /** Runs a request on a thread of its own. The memory is the request's from now on. */
    void handOff(Request request) {
        boolean counted = request.opcode() != Opcode.SETLKW;
        if (counted) {
            room.acquireUninterruptibly();
        }
        Long key = request.wireUnique();
        inFlight.put(key, request);
        Thread.ofVirtual().name("fuse-", request.unique()).start(() -> {
            try {
                dispatcher.run(request);
            } finally {
                if (!request.isAnswered()) {
                    request.replyError(Errno.EIO);
                }
                inFlight.remove(key, request);
                pool.give(request.memory());
                if (counted) {
                    room.release();
                }
            }
        });
    }

    /** Routes an interrupt. False when its request is not known here: not read yet, or answered meanwhile. */
    boolean interrupt(long unique) {
        Request request = inFlight.get(unique);
        if (request == null) {
            return false;
        }
        request.interrupt();
        return true;
    }

    /** Books an answer that is about to be sent. */
    void answering(Request request, int error, int bytes) {
        if (request.isAside()) {
            return;
        }
        long nanos = System.nanoTime() - request.startNanos();
        int data = request.opcode() == Opcode.WRITE
                ? request.message().length() - WriteIn.DATA_OFFSET
                : bytes - Fuse.OUT_HEADER_BYTES;
        counters.answered(request.opcode(), error, nanos, data);
        AccessLog log = options.accessLog();
        AccessRecord record = request.record();
        if (log != null && record != null) {
            log.answered(record.answered(error, data, error == 0 ? resultNode(request, bytes) : 0, nanos));
        }
    }

    /** The node in an answer that has one: the first field of an entry. */
    private static long resultNode(Request request, int bytes) {
        return switch (request.opcode()) {
            case Opcode.LOOKUP,
                    Opcode.CREATE,
                    Opcode.MKNOD,
                    Opcode.MKDIR,
                    Opcode.SYMLINK,
                    Opcode.LINK,
                    Opcode.TMPFILE ->
                bytes > Fuse.OUT_HEADER_BYTES ? request.memory().get(ValueLayout.JAVA_LONG, Fuse.OUT_HEADER_BYTES) : 0;
            default -> 0;
        };
    }

    /** Keeps a request's arguments for the access log, if somebody listens. */
    void watch(Request request) {
        AccessLog log = options.accessLog();
        if (log != null && log.listening()) {
            request.record(new AccessRecord(request.message()));
        }
    }

    /** Books a request that has no answer. */
    void unanswered(int opcode) {
        counters.answered(opcode, 0, 0, 0);
    }

    /** Sends a reply. False when its caller is gone. */
    boolean write(MemorySegment reply, int length) {
        long result;
        do {
            result = Io.write(fd, reply, length);
        } while (result == -Errno.EINTR.number());
        return accepted(result);
    }

    /** Sends a reply from several ranges. */
    boolean writev(IoVector reply) {
        long result;
        do {
            result = Io.writev(fd, reply);
        } while (result == -Errno.EINTR.number());
        return accepted(result);
    }

    /** A session thread has seen the end. */
    void threadEnded() {
        if (running.decrementAndGet() == 0) {
            notifier.ended();
            try {
                operations.destroyed();
            } finally {
                ended.countDown();
            }
        }
    }

    /** Waits for a request on a descriptor that does not block. */
    void awaitReadable() {
        try {
            Descriptors.poll(fd, Descriptors.POLLIN, 1000);
        } catch (ErrnoException e) {
            LOG.debug("poll of the session descriptor", e);
        }
    }

    private static boolean accepted(long result) {
        if (result >= 0) {
            return true;
        }
        Errno errno = Io.errno(result);
        if (errno != Errno.ENOENT && errno != Errno.ENODEV && errno != Errno.EPERM) {
            LOG.warn("the kernel refused a reply: {}", errno);
        }
        return false;
    }

    private void watchDeadlines() {
        long deadline = options.deadline().toNanos();
        long period = Math.clamp(deadline / 4, 10_000_000L, 1_000_000_000L);
        try {
            while (!ended.await(period, TimeUnit.NANOSECONDS)) {
                long now = System.nanoTime();
                for (Request request : inFlight.values()) {
                    if (now - since(request) > deadline && request.replyErrorAside(Errno.EIO)) {
                        LOG.warn(
                                "{} of node {} was not answered within {} s; its caller got EIO",
                                Opcode.name(request.opcode()),
                                request.nodeid(),
                                options.deadline().toSeconds());
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** When the clock of a request started: never for a waiting lock, at the last progress for what may take long. */
    private static long since(Request request) {
        if (request.isAside()) {
            return System.nanoTime();
        }
        return switch (request.opcode()) {
            case Opcode.SETLKW -> System.nanoTime();
            case Opcode.FSYNC, Opcode.FSYNCDIR, Opcode.FLUSH, Opcode.RELEASE, Opcode.SYNCFS -> request.progressNanos();
            default -> request.startNanos();
        };
    }

    @Override
    public String toString() {
        return "FUSE " + Fuse.MAJOR + "." + negotiated.minor() + " on descriptor " + fd;
    }
}
