package dev.leat.dataset.erofs;

import dev.leat.sys.FileHandle;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A directory whose names still come. Its full blocks are in memory up to 64 KiB, then in an unnamed file. Entries of
 * directories, {@code .} and {@code ..} among them, learn their node's number later: a directory gets one when it is complete,
 * since only then its names may lie right behind its inode, or when one of its own directories is complete, which names it.
 */
final class OpenDirectory implements AutoCloseable {
    private static final int BLOCKS_IN_MEMORY = 16;
    private static final byte[] SELF = {'.'};
    private static final byte[] PARENT = {'.', '.'};

    /** With a slash at the end; empty for the root. */
    final byte[] prefix;

    final ImageEntry entry;
    final @Nullable OpenDirectory parent;

    /** Where its own entry is in the parent. */
    final long place;

    /** Position of its inode; 0 while it has none. */
    long position;

    int directories;

    private final Path scratch;
    private final Names names = new Names();
    private final List<byte[]> full = new ArrayList<>();
    private @Nullable FileHandle spilled;
    private int blocks;
    private byte[] last = {};
    private long selfPlace = -1;
    private long parentPlace = -1;

    /** @param scratch a folder for an unnamed file */
    OpenDirectory(byte[] prefix, ImageEntry entry, @Nullable OpenDirectory parent, long place, Path scratch) {
        this.prefix = prefix;
        this.entry = entry;
        this.parent = parent;
        this.place = place;
        this.scratch = scratch;
    }

    /**
     * Appends a name.
     *
     * @return its place
     * @throws IllegalArgumentException if it is not behind those before it in the order of bytes
     */
    long add(byte[] name, long node, byte type) throws IOException {
        if (last.length > 0 && Arrays.compareUnsigned(last, name) >= 0) {
            throw new IllegalArgumentException("a name comes twice or out of order");
        }
        last = name;
        dots(name);
        return append(name, node, type);
    }

    /** {@code .} and {@code ..} stand in order among the others. */
    private void dots(byte @Nullable [] before) throws IOException {
        if (selfPlace < 0 && (before == null || Arrays.compareUnsigned(SELF, before) < 0)) {
            selfPlace = append(SELF, 0, Layout.TYPE_DIRECTORY);
        }
        if (parentPlace < 0 && (before == null || Arrays.compareUnsigned(PARENT, before) < 0)) {
            parentPlace = append(PARENT, 0, Layout.TYPE_DIRECTORY);
        }
    }

    private long append(byte[] name, long node, byte type) throws IOException {
        if (!names.takes(name)) {
            keep(names.encode(Layout.BLOCK_BYTES));
            names.clear();
        }
        return (long) blocks << 32 | names.add(name, node, type);
    }

    private void keep(byte[] block) throws IOException {
        blocks++;
        if (spilled == null && full.size() < BLOCKS_IN_MEMORY) {
            full.add(block);
            return;
        }
        FileHandle file = spilled;
        if (file == null) {
            file = FileHandle.temporary(scratch);
            spilled = file;
        }
        try (Arena arena = Arena.ofConfined()) {
            file.pwrite(arena.allocateFrom(ValueLayout.JAVA_BYTE, block), spilledAt(blocks - 1));
        }
    }

    private static long spilledAt(int block) {
        return (long) (block - BLOCKS_IN_MEMORY) << Layout.BLOCK_SHIFT;
    }

    /** Says which node the entry at a place is. */
    void node(long at, long node) throws IOException {
        int block = (int) (at >>> 32);
        int ordinal = (int) at;
        if (block == blocks) {
            names.node(ordinal, node);
        } else if (block < full.size()) {
            Names.node(full.get(block), ordinal, node);
        } else if (spilled != null) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment number = arena.allocate(8, 8);
                number.set(ValueLayout.JAVA_LONG, 0, node);
                spilled.pwrite(number, spilledAt(block) + (long) ordinal * Layout.DIRENT_BYTES);
            }
        }
    }

    /** No name follows. */
    void complete() throws IOException {
        dots(null);
    }

    /** Says what {@code .} and {@code ..} are, after {@link #complete}. */
    void nodes(long self, long above) throws IOException {
        node(selfPlace, self);
        node(parentPlace, above);
    }

    /** Length of the directory in bytes, after {@link #complete}. */
    long sizeBytes() {
        return ((long) blocks << Layout.BLOCK_SHIFT) + names.sizeBytes();
    }

    /** The names of a directory of one block. */
    byte[] only() {
        return names.encode(names.sizeBytes());
    }

    /** Writes all blocks from a position on. */
    void write(ImageSpace space, long at) throws IOException {
        long next = at;
        for (byte[] block : full) {
            space.put(next, block);
            next += Layout.BLOCK_BYTES;
        }
        FileHandle file = spilled;
        if (file != null) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment block = arena.allocate(Layout.BLOCK_BYTES, Layout.BLOCK_BYTES);
                for (int i = full.size(); i < blocks; i++) {
                    if (file.pread(block, spilledAt(i)) != Layout.BLOCK_BYTES) {
                        throw new IOException(file + " ends early");
                    }
                    space.put(next, block.toArray(ValueLayout.JAVA_BYTE));
                    next += Layout.BLOCK_BYTES;
                }
            }
        }
        space.put(next, names.encode(Layout.BLOCK_BYTES));
    }

    @Override
    public void close() throws IOException {
        if (spilled != null) {
            spilled.close();
        }
    }
}
