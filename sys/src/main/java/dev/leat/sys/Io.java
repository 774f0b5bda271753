package dev.leat.sys;

import static dev.leat.sys.NativeFunction.pointer;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/**
 * The system calls of the data path. They allocate nothing and return the number of bytes, or the negated error number
 * (compare with {@code -Errno.EAGAIN.number()}); EINTR is returned, not retried. Segments must be native memory.
 */
public final class Io {
    /** {@code RWF_NOWAIT}: answer EAGAIN instead of waiting for a disk. */
    private static final int RWF_NOWAIT = 8;

    private static final NativeFunction READ = NativeFunction.ofLong("read");
    private static final NativeFunction WRITE = NativeFunction.ofLong("write");
    private static final NativeFunction WRITEV = NativeFunction.ofLong("writev");
    private static final NativeFunction PREAD = NativeFunction.ofLong("pread");
    private static final NativeFunction PWRITE = NativeFunction.ofLong("pwrite");
    private static final NativeFunction PREADV2 = NativeFunction.ofLong("preadv2");

    private Io() {}

    /** Reads at most {@code bytes} bytes at the descriptor's position; 0 is the end of the file. */
    public static long read(int fd, MemorySegment to, long bytes) {
        check(to, bytes);
        MemorySegment slot = CallSlots.take();
        try {
            return result(READ.call(slot, fd, pointer(to), bytes), slot);
        } finally {
            Reference.reachabilityFence(to);
            CallSlots.give(slot);
        }
    }

    /** Writes at most {@code bytes} bytes at the descriptor's position. */
    public static long write(int fd, MemorySegment from, long bytes) {
        check(from, bytes);
        MemorySegment slot = CallSlots.take();
        try {
            return result(WRITE.call(slot, fd, pointer(from), bytes), slot);
        } finally {
            Reference.reachabilityFence(from);
            CallSlots.give(slot);
        }
    }

    /** Writes the ranges of {@code vector} as one. */
    public static long writev(int fd, IoVector vector) {
        MemorySegment slot = CallSlots.take();
        try {
            return result(WRITEV.call(slot, fd, pointer(vector.entries()), vector.count()), slot);
        } finally {
            Reference.reachabilityFence(vector);
            CallSlots.give(slot);
        }
    }

    /** Reads at most {@code bytes} bytes at {@code offset}; 0 is the end of the file. */
    public static long pread(int fd, MemorySegment to, long bytes, long offset) {
        check(to, bytes);
        MemorySegment slot = CallSlots.take();
        try {
            return result(PREAD.call(slot, fd, pointer(to), bytes, offset), slot);
        } finally {
            Reference.reachabilityFence(to);
            CallSlots.give(slot);
        }
    }

    /** Writes at most {@code bytes} bytes at {@code offset}. */
    public static long pwrite(int fd, MemorySegment from, long bytes, long offset) {
        check(from, bytes);
        MemorySegment slot = CallSlots.take();
        try {
            return result(PWRITE.call(slot, fd, pointer(from), bytes, offset), slot);
        } finally {
            Reference.reachabilityFence(from);
            CallSlots.give(slot);
        }
    }

    /**
     * As {@link #pread} but only from memory: when the first byte is not in the page cache the result is -EAGAIN, and
     * the count is short when a later one is not. File systems that cannot tell answer -EOPNOTSUPP.
     */
    public static long preadNoWait(int fd, MemorySegment to, long bytes, long offset) {
        check(to, bytes);
        MemorySegment slot = CallSlots.take();
        try {
            MemorySegment entry = slot.asSlice(CallSlots.SCRATCH_OFFSET, 16);
            entry.set(JAVA_LONG, 0, to.address());
            entry.set(JAVA_LONG, 8, bytes);
            return result(PREADV2.call(slot, fd, pointer(entry), 1, offset, RWF_NOWAIT), slot);
        } finally {
            Reference.reachabilityFence(to);
            CallSlots.give(slot);
        }
    }

    /** The error behind a negative result. */
    public static Errno errno(long result) {
        return Errno.of((int) -result);
    }

    private static long result(long returned, MemorySegment slot) {
        return returned >= 0 ? returned : -CallSlots.errno(slot);
    }

    private static void check(MemorySegment segment, long bytes) {
        if (bytes < 0 || bytes > segment.byteSize()) {
            throw new IndexOutOfBoundsException(bytes + " bytes of a segment of " + segment.byteSize());
        }
    }
}
