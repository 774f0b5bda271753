package dev.leat.dataset.tree;

import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.Names;
import dev.leat.dataset.source.SourceEntry;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The names of one directory at one moment, in the order of their bytes. Names that no file system can show are left out and counted: empty
 * ones, {@code .} and {@code ..}, with a slash or a NUL, longer than 255 bytes, or no UTF-8. Where a file and a directory have
 * the same name the directory is shown.
 */
public final class Listing {
    private final PackedNames names;
    private final int hidden;
    private final long bornNs;

    Listing(PackedNames names, int hidden, long bornNs) {
        this.names = names;
        this.hidden = hidden;
        this.bornNs = bornNs;
    }

    /** Takes names as a source gives them; many go into a file, if there is a place for it. */
    static final class Builder implements AutoCloseable {
        private static final int SPILL_BYTES = 4 << 20;
        private static final int FIRST_BYTES = 4 << 10;

        private final @Nullable ListingStore store;
        private byte[] bytes = new byte[FIRST_BYTES];
        private int length;
        private long spilled;
        private @Nullable FileChannel file;
        private int[] places = new int[64];
        private int count;
        private int hidden;

        /** With {@code store} null all stays in the heap. */
        Builder(@Nullable ListingStore store) {
            this.store = store;
        }

        /** Takes one. */
        boolean add(SourceEntry entry) throws StoreException {
            byte[] record = Names.isShown(entry.name()) ? PackedNames.record(entry) : null;
            if (record == null) {
                hidden++;
                return true;
            }
            if (length + record.length > bytes.length) {
                grow(record.length);
            }
            if (count == places.length) {
                places = Arrays.copyOf(places, count + Math.max(64, count / 2));
            }
            places[count++] = (int) ((spilled + length) / PackedNames.ALIGN);
            System.arraycopy(record, 0, bytes, length, record.length);
            length += record.length;
            return true;
        }

        private void grow(int more) throws StoreException {
            if (store == null || length + more <= SPILL_BYTES) {
                long wanted = Math.max(2L * bytes.length, (long) length + more);
                if (wanted > Integer.MAX_VALUE - 8) {
                    throw new StoreException(Kind.INVALID, "there are too many names to hold them in memory");
                }
                bytes = Arrays.copyOf(bytes, (int) wanted);
            } else {
                spill(store);
            }
        }

        private void spill(ListingStore to) throws StoreException {
            try {
                FileChannel channel = file;
                if (channel == null) {
                    channel = to.spill();
                    file = channel;
                }
                ByteBuffer piece = ByteBuffer.wrap(bytes, 0, length);
                while (piece.hasRemaining()) {
                    channel.write(piece);
                }
                spilled += length;
                length = 0;
            } catch (IOException e) {
                throw new StoreException(
                        Kind.UNAVAILABLE, "names cannot be kept in the cache folder: " + e.getMessage(), e);
            }
        }

        private MemorySegment records() throws StoreException {
            FileChannel channel = file;
            if (channel == null || store == null) {
                return MemorySegment.ofArray(Arrays.copyOf(bytes, length));
            }
            spill(store);
            try {
                return channel.map(FileChannel.MapMode.READ_ONLY, 0, spilled, Arena.ofAuto());
            } catch (IOException e) {
                throw new StoreException(Kind.UNAVAILABLE, "names cannot be kept: " + e.getMessage(), e);
            }
        }

        Listing build(long bornNs) throws StoreException {
            MemorySegment records = records();
            int kept = PackedNames.sort(records, places, count);
            ByteBuffer index = ByteBuffer.allocate(kept * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            index.asIntBuffer().put(places, 0, kept);
            PackedNames names = new PackedNames(records, MemorySegment.ofArray(index.array()));
            return new Listing(names, hidden + count - kept, bornNs);
        }

        @Override
        public void close() throws StoreException {
            try {
                if (file != null) {
                    file.close();
                }
            } catch (IOException e) {
                throw new StoreException(Kind.UNAVAILABLE, "names cannot be kept: " + e.getMessage(), e);
            }
        }
    }

    /** No names, since ever. */
    static Listing none(long bornNs) {
        return new Listing(
                new PackedNames(MemorySegment.ofArray(new byte[0]), MemorySegment.ofArray(new byte[0])), 0, bornNs);
    }

    /** The same with some directories, which cover what has their names. */
    Listing covered(Collection<String> directories, @Nullable ListingStore store) throws StoreException {
        try (Builder all = new Builder(store)) {
            for (String directory : directories) {
                SourceEntry there = find(directory);
                boolean same = there != null && there.facts().kind() == EntryKind.DIRECTORY;
                if (!same) {
                    all.add(new SourceEntry(directory, Facts.directory(Facts.UNKNOWN)));
                }
            }
            for (SourceEntry entry : names) {
                if (entry.facts().kind() == EntryKind.DIRECTORY || !directories.contains(entry.name())) {
                    all.add(entry);
                }
            }
            return new Listing(all.build(bornNs).names, hidden, bornNs);
        }
    }

    /** The entries in order of their names; each is made when it is asked for. */
    public List<SourceEntry> entries() {
        return names;
    }

    PackedNames names() {
        return names;
    }

    /** Names that are left out. */
    public int hidden() {
        return hidden;
    }

    /** When it was asked for, by the monotonic clock. */
    long bornNs() {
        return bornNs;
    }

    /** Bytes that its names take, in the heap or in a file. */
    public long bytes() {
        return names.bytes();
    }

    /** The place of a name; negative if there is none. */
    int indexOf(String name) {
        return names.indexOf(name);
    }

    /** The entry of a name. */
    @Nullable
    SourceEntry find(String name) {
        int index = names.indexOf(name);
        return index < 0 ? null : names.get(index);
    }
}
