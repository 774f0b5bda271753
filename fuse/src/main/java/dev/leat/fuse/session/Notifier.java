package dev.leat.fuse.session;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.leat.fuse.wire.Encode;
import dev.leat.fuse.wire.Fuse;
import dev.leat.fuse.wire.Message;
import dev.leat.sys.Errno;
import dev.leat.sys.ErrnoException;
import dev.leat.sys.Io;
import dev.leat.sys.IoVector;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Tells the kernel what has changed. Usable from any thread, with one rule: the kernel takes the locks of the inode,
 * the directory or the page concerned while it obeys, and a request in flight may hold just these. So never notify from
 * a session thread, nor from a handler about the node of its own unanswered request, nor while holding a lock that a
 * handler takes.
 *
 * <p>Methods return false when the kernel does not know the node or the name: nothing had to be done then. A notifier that is {@link #relayed} never knows that.
 */
public final class Notifier {
    private final FuseSession session;
    private final @Nullable NotifyRelay relay;
    private final AtomicLong retrieval = new AtomicLong();
    private final ConcurrentHashMap<Long, CompletableFuture<byte[]>> retrievals = new ConcurrentHashMap<>();

    Notifier(FuseSession session) {
        this(session, null);
    }

    private Notifier(FuseSession session, @Nullable NotifyRelay relay) {
        this.session = session;
        this.relay = relay;
    }

    /**
     * The same, but another process tells the kernel, some time later and in the same order, all that needs no answer ({@link #store} and {@link #retrieve} do).
     */
    public Notifier relayed(NotifyRelay by) {
        return new Notifier(session, by);
    }

    /**
     * Drops cached attributes, and cached pages of a range.
     *
     * @param offset first byte; negative drops attributes only
     * @param length 0 is to the end
     */
    public boolean invalInode(long nodeid, long offset, long length) throws ErrnoException {
        return send(Fuse.NOTIFY_INVAL_INODE, 24, body -> {
            body.set(JAVA_LONG, 0, nodeid);
            body.set(JAVA_LONG, 8, offset);
            body.set(JAVA_LONG, 16, length);
        });
    }

    /** Drops a name and the cached entries of its directory. */
    public boolean invalEntry(long parent, byte[] name) throws ErrnoException {
        return entry(parent, name, 0);
    }

    /** Makes the kernel look a name up again at its next use; mounts and working directories below it stay valid. */
    public boolean expireEntry(long parent, byte[] name) throws ErrnoException {
        return entry(parent, name, Fuse.EXPIRE_ONLY);
    }

    /** Tells that a name was removed; watchers hear of it. The kernel acts only if the name still is {@code child}. */
    public boolean delete(long parent, long child, byte[] name) throws ErrnoException {
        return send(Fuse.NOTIFY_DELETE, 24 + name.length + 1, body -> {
            body.set(JAVA_LONG, 0, parent);
            body.set(JAVA_LONG, 8, child);
            body.set(JAVA_INT, 16, name.length);
            body.set(JAVA_INT, 20, 0);
            name(body, 24, name);
        });
    }

    /**
     * Puts data into the page cache of a node that the kernel knows. Beyond the end it extends the size.
     *
     * @param data native memory, at most the agreed longest WRITE
     */
    public boolean store(long nodeid, long offset, MemorySegment data) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            int headers = Fuse.OUT_HEADER_BYTES + 24;
            MemorySegment head = arena.allocate(headers, 8);
            Encode.header(head, 0, (int) (headers + data.byteSize()), Fuse.NOTIFY_STORE, 0);
            head.set(JAVA_LONG, Fuse.OUT_HEADER_BYTES, nodeid);
            head.set(JAVA_LONG, Fuse.OUT_HEADER_BYTES + 8, offset);
            head.set(JAVA_INT, Fuse.OUT_HEADER_BYTES + 16, (int) data.byteSize());
            IoVector vector = new IoVector(arena, 2);
            vector.add(head, 0, headers);
            vector.add(data, 0, data.byteSize());
            return known("notify store", Io.writev(session.descriptor(), vector));
        }
    }

    /**
     * Asks for cached pages of a node. The future completes with what is there, perhaps less than asked, perhaps
     * nothing; it fails when the kernel does not know the node.
     */
    public CompletableFuture<byte[]> retrieve(long nodeid, long offset, int length) throws ErrnoException {
        long number = retrieval.incrementAndGet();
        CompletableFuture<byte[]> future = new CompletableFuture<>();
        retrievals.put(number, future);
        boolean asked = send(Fuse.NOTIFY_RETRIEVE, 32, body -> {
            body.set(JAVA_LONG, 0, number);
            body.set(JAVA_LONG, 8, nodeid);
            body.set(JAVA_LONG, 16, offset);
            body.set(JAVA_INT, 24, length);
            body.set(JAVA_INT, 28, 0);
        });
        if (!asked) {
            retrievals.remove(number);
            future.completeExceptionally(new FuseException(Errno.ENOENT));
        }
        return future;
    }

    /** Makes the kernel send all requests in flight again; for a daemon that takes over a session. */
    public void resend() throws ErrnoException {
        send(Fuse.NOTIFY_RESEND, 0, body -> {});
    }

    /** Makes every cached name ask again, all at once (Linux 6.16). False when the kernel cannot. */
    public boolean incrementEpoch() throws ErrnoException {
        return supported(Fuse.NOTIFY_INC_EPOCH, 0, body -> {});
    }

    /** Lets unused nodes go, with all their names (Linux 6.18). False when the kernel cannot. */
    public boolean prune(long... nodeids) throws ErrnoException {
        return supported(Fuse.NOTIFY_PRUNE, 16 + 8 * nodeids.length, body -> {
            body.set(JAVA_INT, 0, nodeids.length);
            body.set(JAVA_INT, 4, 0);
            body.set(JAVA_LONG, 8, 0);
            MemorySegment.copy(nodeids, 0, body, JAVA_LONG, 16, nodeids.length);
        });
    }

    /** Wakes those who poll a file; {@code kernelHandle} came with POLL. */
    public boolean pollWakeup(long kernelHandle) throws ErrnoException {
        return send(Fuse.NOTIFY_POLL, 8, body -> body.set(JAVA_LONG, 0, kernelHandle));
    }

    /** The kernel's answer to {@link #retrieve}. */
    void retrieved(Message message) {
        CompletableFuture<byte[]> future = retrievals.remove(message.unique());
        if (future != null) {
            future.complete(message.bytesAt(40, message.intAt(16)));
        }
    }

    void ended() {
        retrievals.values().forEach(future -> future.completeExceptionally(new FuseException(Errno.ENODEV)));
    }

    private boolean entry(long parent, byte[] name, int flags) throws ErrnoException {
        return send(Fuse.NOTIFY_INVAL_ENTRY, 16 + name.length + 1, body -> {
            body.set(JAVA_LONG, 0, parent);
            body.set(JAVA_INT, 8, name.length);
            body.set(JAVA_INT, 12, flags);
            name(body, 16, name);
        });
    }

    private static void name(MemorySegment body, int at, byte[] name) {
        MemorySegment.copy(name, 0, body, JAVA_BYTE, at, name.length);
        body.set(JAVA_BYTE, at + name.length, (byte) 0);
    }

    private boolean supported(int code, int bytes, Body body) throws ErrnoException {
        try {
            return send(code, bytes, body);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EINVAL) {
                return false;
            }
            throw e;
        }
    }

    private boolean send(int code, int bytes, Body body) throws ErrnoException {
        int length = Fuse.OUT_HEADER_BYTES + bytes;
        MemorySegment memory = session.pool().take(length);
        try {
            Encode.header(memory, 0, length, code, 0);
            body.fill(memory.asSlice(Fuse.OUT_HEADER_BYTES));
            if (relay != null && relay.send(memory.asSlice(0, length))) {
                return true;
            }
            return known("notify " + code, Io.write(session.descriptor(), memory, length));
        } finally {
            session.pool().give(memory);
        }
    }

    private static boolean known(String what, long result) throws ErrnoException {
        if (result >= 0) {
            return true;
        }
        Errno errno = Io.errno(result);
        if (errno == Errno.ENOENT || errno == Errno.ENOTDIR || errno == Errno.ENOTEMPTY) {
            return false;
        }
        throw new ErrnoException(errno, what);
    }

    /** Writes what follows the header. */
    @FunctionalInterface
    private interface Body {
        void fill(MemorySegment body);
    }
}
