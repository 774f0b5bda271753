package dev.leat.cli.training;

import dev.leat.fuse.wire.Fuse;
import dev.leat.fuse.wire.Opcode;
import dev.leat.fuse.wire.ReadIn;
import dev.leat.sys.Descriptors;
import dev.leat.sys.Errno;
import dev.leat.sys.Fs;
import dev.leat.sys.Io;
import dev.leat.sys.Open;
import dev.leat.sys.Processes;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Speaks for the kernel to a mount at the other end of a socket, so that a mount can be used where nobody may mount: one
 * request at a time, each the one that the kernel would send for the operation.
 */
final class KernelStandIn implements AutoCloseable {
    /** Longest request and longest reply. */
    private static final int MESSAGE_BYTES = 256 * 1024;

    private static final int READ_BYTES = 128 * 1024;

    /** The kernel's length of INIT's arguments, with room for flags to come. */
    private static final int INIT_BYTES = 64;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory = arena.allocate(MESSAGE_BYTES, 8);
    private final ByteBuffer bytes = memory.asByteBuffer().order(ByteOrder.nativeOrder());
    private final int socket;
    private final int mounted;
    private final int uid = Processes.geteuid();
    private final int gid = Processes.getegid();
    private long unique;

    KernelStandIn() throws IOException {
        int[] ends = Descriptors.socketpair();
        socket = ends[0];
        mounted = ends[1];
    }

    /** Where to mount. The mount owns the descriptor from then on. */
    Path mountPoint() {
        return Path.of("/dev/fd/" + mounted);
    }

    /** The first exchange: everything is offered. */
    void init() throws IOException {
        begin(Opcode.INIT, 0).putInt(Fuse.MAJOR).putInt(Fuse.MINOR);
        bytes.putInt(128 * 1024).putInt(-1).putInt(-1);
        bytes.position(Fuse.IN_HEADER_BYTES + INIT_BYTES);
        exchange();
    }

    /** Finds a name in a directory and returns its node. */
    long lookup(long parent, String name) throws IOException {
        begin(Opcode.LOOKUP, parent);
        put(name);
        exchange();
        return bytes.getLong(Fuse.OUT_HEADER_BYTES);
    }

    /** Asks for a name that is not there. */
    void lookupMissing(long parent, String name) throws IOException {
        begin(Opcode.LOOKUP, parent);
        put(name);
        send();
    }

    void getattr(long node) throws IOException {
        begin(Opcode.GETATTR, node).putLong(0).putLong(0);
        exchange();
    }

    void statfs() throws IOException {
        begin(Opcode.STATFS, Fuse.ROOT_ID);
        exchange();
    }

    long mkdir(long parent, String name) throws IOException {
        begin(Opcode.MKDIR, parent).putInt(0755).putInt(022);
        put(name);
        exchange();
        return bytes.getLong(Fuse.OUT_HEADER_BYTES);
    }

    /** Creates a file, writes all of {@code data} and closes it. */
    long write(long parent, String name, byte[] data) throws IOException {
        begin(Opcode.CREATE, parent).putInt(Open.RDWR | Open.CREAT | Open.EXCL).putInt(0100644);
        bytes.putInt(022).putInt(0);
        put(name);
        exchange();
        long node = bytes.getLong(Fuse.OUT_HEADER_BYTES);
        long handle = bytes.getLong(Fuse.OUT_HEADER_BYTES + 128);
        begin(Opcode.WRITE, node).putLong(handle).putLong(0).putInt(data.length);
        bytes.putInt(0).putLong(0).putInt(Open.RDWR).putInt(0).put(data);
        exchange();
        close(node, handle, Open.RDWR);
        return node;
    }

    /** Opens a file, reads its first {@code size} bytes in order and closes it. */
    void read(long node, int size) throws IOException {
        long handle = open(Opcode.OPEN, node);
        for (int at = 0; at < size; at += READ_BYTES) {
            begin(Opcode.READ, node);
            range(handle, at, Math.min(READ_BYTES, size - at));
            exchange();
        }
        close(node, handle, Open.RDONLY);
    }

    /** Lists a directory. */
    void list(long node) throws IOException {
        long handle = open(Opcode.OPENDIR, node);
        begin(Opcode.READDIRPLUS, node);
        range(handle, 0, 4096);
        exchange();
        begin(Opcode.RELEASEDIR, node).putLong(handle).putLong(0).putLong(0);
        exchange();
    }

    void rename(long from, String name, long to, String newName) throws IOException {
        begin(Opcode.RENAME2, from).putLong(to).putLong(0);
        put(name);
        put(newName);
        exchange();
    }

    void unlink(long parent, String name) throws IOException {
        begin(Opcode.UNLINK, parent);
        put(name);
        exchange();
    }

    /** Ends the session: the mount reads that nobody is there any more. */
    @Override
    public void close() {
        Fs.closeQuietly(socket);
        arena.close();
    }

    private long open(int opcode, long node) throws IOException {
        begin(opcode, node).putInt(Open.RDONLY).putInt(0);
        // A mount may answer that it needs no handles.
        return send() == 0 ? bytes.getLong(Fuse.OUT_HEADER_BYTES) : 0;
    }

    private void close(long node, long handle, int flags) throws IOException {
        begin(Opcode.FLUSH, node).putLong(handle).putLong(0).putLong(0);
        send();
        begin(Opcode.RELEASE, node).putLong(handle).putInt(flags).putInt(0).putLong(0);
        exchange();
    }

    /** The arguments of {@link ReadIn}. */
    private void range(long handle, long offset, int size) {
        bytes.putLong(handle).putLong(offset).putInt(size).putInt(0);
        bytes.putLong(0).putInt(Open.RDONLY).putInt(0);
    }

    private ByteBuffer begin(int opcode, long node) {
        memory.asSlice(0, Fuse.IN_HEADER_BYTES + INIT_BYTES).fill((byte) 0);
        unique += 2;
        bytes.clear().putInt(0).putInt(opcode).putLong(unique).putLong(node);
        return bytes.putInt(uid)
                .putInt(gid)
                .putInt((int) ProcessHandle.current().pid())
                .putInt(0);
    }

    private void put(String name) {
        bytes.put(name.getBytes(StandardCharsets.UTF_8)).put((byte) 0);
    }

    private void exchange() throws IOException {
        int opcode = bytes.getInt(4);
        int error = send();
        if (error != 0) {
            throw new IOException(Opcode.name(opcode) + " was answered " + Errno.of(error));
        }
    }

    /** Sends the request and waits for its answer, which is in {@link #bytes} then. The result is 0 or an error number. */
    private int send() throws IOException {
        int length = bytes.position();
        bytes.putInt(0, length);
        for (int done = 0; done < length; ) {
            done += count(Io.write(socket, memory.asSlice(done), length - done));
        }
        do {
            receive(0, Fuse.OUT_HEADER_BYTES);
            int answered = bytes.getInt(0);
            if (answered > MESSAGE_BYTES) {
                throw new BufferOverflowException();
            }
            receive(Fuse.OUT_HEADER_BYTES, answered);
            // What is not an answer tells the kernel of a change.
        } while (bytes.getLong(8) != unique);
        return -bytes.getInt(4);
    }

    private void receive(int from, int to) throws IOException {
        for (int done = from; done < to; ) {
            done += count(Io.read(socket, memory.asSlice(done), to - done));
        }
    }

    private static int count(long result) throws IOException {
        if (result <= 0 && result != -Errno.EINTR.number()) {
            throw new IOException("the mount has ended");
        }
        return (int) Math.max(result, 0);
    }
}
