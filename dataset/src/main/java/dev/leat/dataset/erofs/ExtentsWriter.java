package dev.leat.dataset.erofs;

import dev.leat.sys.FileHandle;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Writes what {@link Extents} reads: pairs in the order of addresses, then the devices, then the header that makes it valid. */
final class ExtentsWriter implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 18;

    private final FileHandle file;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment buffer = arena.allocate(BUFFER_BYTES, 8);
    private long written = Extents.HEADER_BYTES;
    private int filled;
    private long count;

    /** @param file empty; not closed here */
    ExtentsWriter(FileHandle file) {
        this.file = file;
    }

    /** A file begins at a block of a device. */
    void add(int device, long block, long reference) throws IOException {
        pair((long) device << 32 | block, reference);
        count++;
    }

    private void pair(long first, long second) throws IOException {
        if (filled == BUFFER_BYTES) {
            flush();
        }
        buffer.set(ValueLayout.JAVA_LONG, filled, first);
        buffer.set(ValueLayout.JAVA_LONG, filled + 8, second);
        filled += Extents.PAIR_BYTES;
    }

    private void flush() throws IOException {
        file.pwrite(buffer.asSlice(0, filled), written);
        written += filled;
        filled = 0;
    }

    void finish(List<Device> devices) throws IOException {
        for (Device device : devices) {
            pair(device.blocks(), device.reference());
        }
        flush();
        file.dataSync();
        buffer.set(ValueLayout.JAVA_LONG, 0, Extents.MAGIC);
        buffer.set(ValueLayout.JAVA_LONG, 8, count);
        buffer.set(ValueLayout.JAVA_LONG, 16, devices.size());
        buffer.set(ValueLayout.JAVA_LONG, 24, 0);
        file.pwrite(buffer.asSlice(0, Extents.HEADER_BYTES), 0);
        file.sync();
    }

    @Override
    public void close() {
        arena.close();
    }
}
