package dev.leat.fuse.session;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.leat.fuse.wire.Encode;
import dev.leat.fuse.wire.Fuse;
import dev.leat.fuse.wire.InitFlags;
import dev.leat.fuse.wire.Message;
import dev.leat.sys.Errno;
import dev.leat.sys.IoVector;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One request of the kernel while it is being answered. The first answer counts, be it the handler's, or EIO of the
 * deadline; a later one is dropped.
 */
public final class Request {
    private final FuseSession session;
    private final Message message = new Message();
    private final AtomicBoolean answered = new AtomicBoolean();
    private MemorySegment memory;

    // The header, copied because an answer is written over it.
    private int opcode;
    private long wireUnique;
    private long nodeid;
    private int uid;
    private int gid;
    private int pid;

    private long startNanos;
    private volatile long progressNanos;
    private volatile boolean interrupted;
    private @Nullable Runnable onInterrupt;
    private boolean delivered;
    private volatile boolean aside;
    private @Nullable AccessRecord record;

    Request(FuseSession session, MemorySegment memory) {
        this.session = session;
        this.memory = memory;
    }

    /** Starts anew with the bytes that lie in this request's memory. */
    Request begin(int length, long now) {
        message.over(memory, length);
        opcode = message.opcode();
        wireUnique = message.unique();
        nodeid = message.nodeid();
        uid = message.uid();
        gid = message.gid();
        pid = message.pid();
        startNanos = now;
        progressNanos = now;
        answered.setPlain(false);
        interrupted = false;
        onInterrupt = null;
        delivered = false;
        aside = false;
        record = null;
        return this;
    }

    Message message() {
        return message;
    }

    MemorySegment memory() {
        return memory;
    }

    /** Replaces the memory, when the old one goes on with another request. */
    void memory(MemorySegment other) {
        memory = other;
    }

    /** The kind of request: {@link dev.leat.fuse.wire.Opcode}. */
    public int opcode() {
        return opcode;
    }

    /** The request's number, the same when it is sent again. */
    public long unique() {
        return wireUnique & ~Fuse.UNIQUE_RESEND;
    }

    /** Whether the kernel has sent it before, to a daemon that ended: it may have been executed already. */
    public boolean resent() {
        return (wireUnique & Fuse.UNIQUE_RESEND) != 0;
    }

    /** The node acted upon. */
    public long nodeid() {
        return nodeid;
    }

    /** Who made the call. */
    public Caller caller() {
        return new Caller(uid, gid, pid);
    }

    /**
     * Groups of the caller beside its main one, as far as the kernel sends them: with CREATE_SUPP_GROUP the one that
     * matches the parent directory, on requests that make nodes. See {@link SupplementaryGroups} for all of them.
     */
    public int[] extensionGroups() {
        return message.extensionGroups();
    }

    /** Tells that the request gets on, which moves the deadline of fsync, flush and release. */
    public void progress() {
        progressNanos = System.nanoTime();
    }

    /**
     * Says that the request is about the daemon rather than the volume: it is neither counted nor logged, and may wait for
     * as long as it likes, until its caller is interrupted.
     */
    public void aside() {
        aside = true;
    }

    boolean isAside() {
        return aside;
    }

    /** What the access log will be told; null while nobody listens. */
    @Nullable
    AccessRecord record() {
        return record;
    }

    void record(@Nullable AccessRecord kept) {
        record = kept;
    }

    /** Whether the caller has been interrupted. */
    public boolean interrupted() {
        return interrupted;
    }

    /**
     * Runs {@code action} when the caller is interrupted, or at once when it was already. The action should make the
     * handler end with EINTR; it runs on a session thread, so it must not wait.
     */
    public void onInterrupt(Runnable action) {
        synchronized (this) {
            if (!interrupted) {
                onInterrupt = action;
                return;
            }
        }
        action.run();
    }

    void interrupt() {
        Runnable action;
        synchronized (this) {
            interrupted = true;
            action = onInterrupt;
            onInterrupt = null;
        }
        if (action != null) {
            action.run();
        }
    }

    boolean setxattrExtended() {
        return session.negotiated().has(InitFlags.SETXATTR_EXT);
    }

    long startNanos() {
        return startNanos;
    }

    long progressNanos() {
        return progressNanos;
    }

    long wireUnique() {
        return wireUnique;
    }

    boolean isAnswered() {
        return answered.get();
    }

    /** Whether the handler's own answer has reached the kernel. */
    boolean delivered() {
        return delivered;
    }

    // Answers. The buffer of the request is reused for short ones: by now its arguments have been decoded.

    void replyEmpty() {
        replyWritten(Fuse.OUT_HEADER_BYTES);
    }

    /** Sends the first {@code end} bytes of the request's memory, where the body follows the header's place. */
    void replyWritten(int end) {
        if (answered.compareAndSet(false, true)) {
            session.answering(this, 0, end);
            Encode.header(memory, 0, end, 0, wireUnique);
            delivered = session.write(memory, end);
        }
    }

    void replyBytes(byte[] body) {
        MemorySegment to = session.pool().take(Fuse.OUT_HEADER_BYTES + body.length);
        try {
            MemorySegment.copy(body, 0, to, JAVA_BYTE, Fuse.OUT_HEADER_BYTES, body.length);
            int end = Fuse.OUT_HEADER_BYTES + body.length;
            Encode.header(to, 0, end, 0, wireUnique);
            replySegment(to, end);
        } finally {
            session.pool().give(to);
        }
    }

    /** Sends memory whose header is filled in. */
    void replySegment(MemorySegment reply, int length) {
        if (answered.compareAndSet(false, true)) {
            session.answering(this, 0, length);
            delivered = session.write(reply, length);
        }
    }

    void replyVector(IoVector vector, int length) {
        if (answered.compareAndSet(false, true)) {
            session.answering(this, 0, length);
            delivered = session.writev(vector);
        }
    }

    void replyError(Errno errno) {
        if (answered.compareAndSet(false, true)) {
            session.answering(this, errno.number(), Fuse.OUT_HEADER_BYTES);
            Encode.header(memory, 0, Fuse.OUT_HEADER_BYTES, -errno.number(), wireUnique);
            session.write(memory, Fuse.OUT_HEADER_BYTES);
        }
    }

    /** As {@link #replyError} while the handler may still read the request's memory: from memory of its own. */
    boolean replyErrorAside(Errno errno) {
        if (!answered.compareAndSet(false, true)) {
            return false;
        }
        session.answering(this, errno.number(), Fuse.OUT_HEADER_BYTES);
        MemorySegment to = session.pool().take(Fuse.OUT_HEADER_BYTES);
        Encode.header(to, 0, Fuse.OUT_HEADER_BYTES, -errno.number(), wireUnique);
        session.write(to, Fuse.OUT_HEADER_BYTES);
        session.pool().give(to);
        return true;
    }
}
