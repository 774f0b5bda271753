package dev.leat.dataset.erofs;

import dev.leat.sys.FileHandle;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Gives out the space of an image and writes it. What is allotted one after the other lies together in <em>runs</em> of 1 MiB:
 * one for inodes, one for blocks of names. A run is in memory until the next one begins; what belongs into an older one goes to
 * the file by itself.
 */
final class ImageSpace implements AutoCloseable {
    private static final int RUN_BYTES = 1 << 20;

    private final FileHandle file;
    private final Arena arena = Arena.ofConfined();
    private final Run inodes = new Run();
    private final Run blocks = new Run();
    private long end = Layout.FIRST_FREE;

    /** A range of the file whose first bytes are allotted. */
    private final class Run {
        private final MemorySegment memory = arena.allocate(RUN_BYTES, Layout.BLOCK_BYTES);
        private long start;
        private long next;
        private long limit;

        boolean holds(long position, long bytes) {
            return position >= start && position + bytes <= limit;
        }

        /** Writes what is in memory and goes on at the end of the file. */
        void renew() throws IOException {
            flush();
            start = end;
            next = end;
            limit = end + RUN_BYTES;
            end = limit;
            memory.fill((byte) 0);
        }

        void flush() throws IOException {
            if (next > start) {
                file.pwrite(memory.asSlice(0, next - start), start);
            }
        }
    }

    /** Space of {@code file}, which is empty and not closed here. */
    ImageSpace(FileHandle file) {
        this.file = file;
    }

    /**
     * Room for an inode and what lies behind it. The inode itself never crosses from one block into the next.
     *
     * @param bytes at most 1 MiB
     * @param inline whether all of it must lie in one block
     */
    long inode(int bytes, boolean inline) throws IOException {
        int whole = inline ? bytes : Layout.INODE_BYTES;
        long at = start(inodes.next, whole);
        if (at + bytes > inodes.limit) {
            inodes.renew();
            at = inodes.next;
        }
        inodes.next = (at + bytes + Layout.NODE_BYTES - 1) & -Layout.NODE_BYTES;
        return at;
    }

    private static long start(long next, int whole) {
        return (next & (Layout.BLOCK_BYTES - 1)) + whole > Layout.BLOCK_BYTES ? Layout.alignedBlock(next) : next;
    }

    /** Room for blocks, which lie together. */
    long blocks(long count) throws IOException {
        long bytes = count << Layout.BLOCK_SHIFT;
        if (blocks.next + bytes > blocks.limit) {
            if (bytes > RUN_BYTES / 2) {
                long at = end;
                end += bytes;
                return at;
            }
            blocks.renew();
        }
        long at = blocks.next;
        blocks.next += bytes;
        return at;
    }

    /** Writes into allotted room. */
    void put(long position, byte[] bytes) throws IOException {
        for (Run run : new Run[] {inodes, blocks}) {
            if (run.holds(position, bytes.length)) {
                MemorySegment.copy(bytes, 0, run.memory, ValueLayout.JAVA_BYTE, position - run.start, bytes.length);
                return;
            }
        }
        try (Arena own = Arena.ofConfined()) {
            file.pwrite(own.allocateFrom(ValueLayout.JAVA_BYTE, bytes), position);
        }
    }

    /**
     * Writes what is in memory, and cuts off what was not allotted.
     *
     * @return length of the image in bytes, whole blocks
     */
    long finish() throws IOException {
        inodes.flush();
        blocks.flush();
        for (int i = 0; i < 2; i++) {
            // Whichever run is the last one first: then perhaps the other one is.
            for (Run run : new Run[] {inodes, blocks}) {
                if (run.limit == end) {
                    end = Layout.alignedBlock(run.next);
                    run.limit = end;
                }
            }
        }
        file.truncate(end);
        return end;
    }

    @Override
    public void close() {
        arena.close();
    }
}
