package dev.leat.dataset.erofs;

import dev.leat.sys.FileHandle;
import dev.leat.sys.Mapping;
import dev.leat.sys.Open;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Which file lies where on the devices of an image: a mapped file of 16 bytes for each file, in the order of addresses. It also
 * names the devices themselves.
 */
public final class Extents implements AutoCloseable {
    static final long MAGIC = 0x3158_4554_5845_4c31L;
    static final int HEADER_BYTES = 32;
    static final int PAIR_BYTES = 16;

    private final FileHandle file;
    private final Mapping mapping;
    private final MemorySegment memory;
    private final long count;
    private final List<Device> devices;

    private Extents(FileHandle file, Mapping mapping, long count, List<Device> devices) {
        this.file = file;
        this.mapping = mapping;
        this.memory = mapping.segment();
        this.count = count;
        this.devices = devices;
    }

    /**
     * Maps a file that an {@link ImageWriter} has written.
     *
     * @throws IOException if it is not complete
     */
    public static Extents open(Path path) throws IOException {
        FileHandle file = FileHandle.open(path, Open.RDONLY, 0);
        boolean done = false;
        try {
            long size = file.size();
            if (size < HEADER_BYTES) {
                throw damaged(path);
            }
            Mapping mapping = file.map(0, size, false);
            try {
                MemorySegment memory = mapping.segment();
                long count = memory.get(ValueLayout.JAVA_LONG, 8);
                long devices = memory.get(ValueLayout.JAVA_LONG, 16);
                boolean fits = count >= 0
                        && devices >= 0
                        && devices <= Layout.DEVICES_MAX
                        && count <= size / PAIR_BYTES
                        && size == HEADER_BYTES + (count + devices) * PAIR_BYTES;
                if (memory.get(ValueLayout.JAVA_LONG, 0) != MAGIC || !fits) {
                    throw damaged(path);
                }
                List<Device> all = new ArrayList<>();
                for (long i = count; i < count + devices; i++) {
                    all.add(new Device(
                            memory.get(ValueLayout.JAVA_LONG, at(i)), memory.get(ValueLayout.JAVA_LONG, at(i) + 8)));
                }
                done = true;
                return new Extents(file, mapping, count, List.copyOf(all));
            } finally {
                if (!done) {
                    mapping.close();
                }
            }
        } finally {
            if (!done) {
                file.close();
            }
        }
    }

    private static IOException damaged(Path path) {
        return new IOException(path + " is not complete; remove it, it is made again");
    }

    private static long at(long pair) {
        return HEADER_BYTES + pair * PAIR_BYTES;
    }

    /** The devices, the first of which has number 1. */
    public List<Device> devices() {
        return devices;
    }

    /** Files on shared devices. */
    public long count() {
        return count;
    }

    /**
     * The last file that begins at or before a block.
     *
     * @return its ordinal; -1 if there is none on that device
     */
    public long find(int device, long block) {
        long wanted = (long) device << 32 | block;
        long low = 0;
        long high = count - 1;
        while (low <= high) {
            long middle = (low + high) >>> 1;
            if (address(middle) <= wanted) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high >= 0 && address(high) >>> 32 == device ? high : -1;
    }

    private long address(long ordinal) {
        return memory.get(ValueLayout.JAVA_LONG, at(ordinal));
    }

    /** Where the file of an ordinal begins on its device, in bytes. */
    public long startBytes(long ordinal) {
        return (address(ordinal) & 0xffff_ffffL) << Layout.BLOCK_SHIFT;
    }

    /** The device of the file of an ordinal. */
    public int device(long ordinal) {
        return (int) (address(ordinal) >>> 32);
    }

    /** The reference that the file of an ordinal was written with. */
    public long reference(long ordinal) {
        return memory.get(ValueLayout.JAVA_LONG, at(ordinal) + 8);
    }

    @Override
    public void close() throws IOException {
        mapping.close();
        file.close();
    }
}
