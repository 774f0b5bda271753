package dev.leat.store.blob;

import dev.leat.store.BlobId;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The lists of frames that were read last, within a bound; those used longest ago go first. */
final class FrameLists {
    /** Of each megabyte of a blob, 128 bytes: lists of 128 GiB. */
    private static final long BYTES_MAX = 16 << 20;

    /** What an entry takes beside its numbers. */
    private static final int ENTRY_BYTES = 128;

    private final LinkedHashMap<Name, Slice> slices = new LinkedHashMap<>(64, 0.75f, true);
    private long bytes;

    /**
     * Names a slice.
     *
     * @param blob whose
     * @param number which
     */
    record Name(BlobId blob, int number) {}

    /** A slice; its numbers are not to be changed. */
    static final class Slice {
        private final long[] entries;
        private final long objectBytes;

        /** A slice of the list of a blob whose object has {@code objectBytes}. */
        Slice(long[] entries, long objectBytes) {
            this.entries = entries;
            this.objectBytes = objectBytes;
        }

        long[] entries() {
            return entries;
        }

        long objectBytes() {
            return objectBytes;
        }

        private long bytes() {
            return ENTRY_BYTES + (long) entries.length * Long.BYTES;
        }
    }

    synchronized @Nullable Slice get(Name name) {
        return slices.get(name);
    }

    synchronized void put(Name name, Slice slice) {
        Slice before = slices.put(name, slice);
        bytes += slice.bytes() - (before == null ? 0 : before.bytes());
        Iterator<Map.Entry<Name, Slice>> oldest = slices.entrySet().iterator();
        while (bytes > BYTES_MAX && oldest.hasNext()) {
            Map.Entry<Name, Slice> entry = oldest.next();
            if (!entry.getKey().equals(name)) {
                bytes -= entry.getValue().bytes();
                oldest.remove();
            }
        }
    }

    synchronized void remove(Name name) {
        Slice before = slices.remove(name);
        bytes -= before == null ? 0 : before.bytes();
    }
}
