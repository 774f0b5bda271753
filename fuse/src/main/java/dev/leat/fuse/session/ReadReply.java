package dev.leat.fuse.session;

import dev.leat.fuse.wire.Encode;
import dev.leat.fuse.wire.Fuse;
import dev.leat.sys.IoVector;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The data of a READ reply: either copied into {@link #buffer}, or ranges of native memory elsewhere, sent from where
 * they lie. It is sent when the method returns; whoever must unpin memory afterwards calls {@link #send} itself.
 */
public final class ReadReply {
    /** Most ranges of one reply: 1 MiB of 8 KiB pieces; the kernel's limit is 1024. */
    public static final int MAX_RANGES = 128;

    /** The data lies on a page of its own, the header right before it. */
    private static final int DATA_OFFSET = 4096;

    static final int HEADER_OFFSET = DATA_OFFSET - Fuse.OUT_HEADER_BYTES;

    private final BufferPool pool;
    private final IoVector vector;
    private final MemorySegment header;
    private @Nullable MemorySegment memory;
    private @Nullable MemorySegment data;
    private @Nullable Request request;
    private int size;
    private int filled;
    private boolean sent;

    ReadReply(BufferPool pool) {
        this.pool = pool;
        Arena arena = Arena.ofAuto();
        this.vector = new IoVector(arena, MAX_RANGES + 1);
        this.header = arena.allocate(Fuse.OUT_HEADER_BYTES, 8);
    }

    ReadReply begin(Request of, int wanted) {
        request = of;
        size = wanted;
        filled = 0;
        sent = false;
        vector.clear();
        return this;
    }

    /** Page-aligned memory for as many bytes as were asked for, or more; declare what was put there by {@link #filled}. */
    public MemorySegment buffer() {
        MemorySegment have = data;
        if (have == null || have.byteSize() < size) {
            if (memory != null) {
                pool.give(memory);
            }
            MemorySegment taken = pool.take(size + DATA_OFFSET);
            memory = taken;
            have = taken.asSlice(DATA_OFFSET);
            data = have;
        }
        return have;
    }

    /** The number of bytes asked for. */
    public int size() {
        return size;
    }

    /** The first {@code bytes} bytes of {@link #buffer} are the answer. */
    public void filled(int bytes) {
        if (bytes < 0 || bytes > size) {
            throw new IllegalArgumentException(bytes + " bytes in reply to a read of " + size);
        }
        filled = bytes;
    }

    /** Appends a range of native memory to the answer, instead of using {@link #buffer}. */
    public void add(MemorySegment segment, long offset, long bytes) {
        if (vector.count() == 0) {
            vector.add(header, 0, Fuse.OUT_HEADER_BYTES);
        }
        if (vector.totalBytes() - Fuse.OUT_HEADER_BYTES + bytes > size) {
            throw new IllegalArgumentException("more bytes than the " + size + " asked for");
        }
        vector.add(segment, offset, bytes);
    }

    /** Sends the answer now; the ranges added are free afterwards. */
    public void send() {
        Request of = request;
        if (of == null || sent) {
            return;
        }
        sent = true;
        if (vector.count() > 0) {
            int length = (int) vector.totalBytes();
            Encode.header(header, 0, length, 0, of.wireUnique());
            of.replyVector(vector, length);
            vector.clear();
        } else if (filled == 0 || memory == null) {
            of.replyEmpty();
        } else {
            int length = Fuse.OUT_HEADER_BYTES + filled;
            Encode.header(memory, HEADER_OFFSET, length, 0, of.wireUnique());
            of.replySegment(memory.asSlice(HEADER_OFFSET, length), length);
        }
    }

    /** Gives the memory back; the object stays usable. */
    void release() {
        MemorySegment taken = memory;
        if (taken != null) {
            pool.give(taken);
            memory = null;
            data = null;
        }
        request = null;
    }
}
