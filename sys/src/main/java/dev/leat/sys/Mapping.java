package dev.leat.sys;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A range of a file mapped shared into memory. The segment's lifetime is this object's: after {@link #close} any access
 * is a fault of the whole process, so whoever shares the segment counts its users first.
 */
public final class Mapping implements AutoCloseable {
    private static final int PROT_READ = 1;
    private static final int PROT_WRITE = 2;
    private static final int MAP_SHARED = 1;

    private static final NativeFunction MMAP = NativeFunction.ofLong("mmap");
    private static final NativeFunction MUNMAP = NativeFunction.ofInt("munmap");

    private final MemorySegment segment;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Mapping(MemorySegment segment) {
        this.segment = segment;
    }

    /** Maps {@code bytes} bytes from {@code offset}, a multiple of the page size; reading past the file's end faults. */
    public static Mapping of(int fd, long offset, long bytes, boolean writable) throws ErrnoException {
        int protection = PROT_READ | (writable ? PROT_WRITE : 0);
        long[] address = new long[1];
        Checked.run("mmap", fd, slot -> {
            address[0] = MMAP.call(slot, 0, bytes, protection, MAP_SHARED, fd, offset);
            return address[0] == -1 ? -1 : 0;
        });
        MemorySegment segment = MemorySegment.ofAddress(address[0]).reinterpret(bytes);
        return new Mapping(writable ? segment : segment.asReadOnly());
    }

    /** The mapped memory. */
    public MemorySegment segment() {
        return segment;
    }

    @Override
    public void close() throws ErrnoException {
        if (closed.compareAndSet(false, true)) {
            Checked.run("munmap", segment.byteSize(), slot -> MUNMAP.call(slot, segment.address(), segment.byteSize()));
        }
    }
}
