package dev.leat.sys;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A reusable list of memory ranges for {@link Io#writev}: the kernel's {@code iovec} array. Not thread-safe. The
 * vector holds its segments until {@link #clear}, but whoever closes a segment's arena while a write runs breaks memory
 * safety: the kernel sees addresses only.
 */
public final class IoVector {
    private static final int ENTRY_BYTES = 16;

    private final MemorySegment entries;
    private final @Nullable MemorySegment[] kept;
    private int count;
    private long totalBytes;

    /** A vector of at most {@code capacity} ranges, whose own memory comes from {@code arena}. */
    public IoVector(Arena arena, int capacity) {
        entries = arena.allocate((long) capacity * ENTRY_BYTES, 8);
        kept = new MemorySegment[capacity];
    }

    /** Forgets all ranges. */
    public void clear() {
        Arrays.fill(kept, 0, count, null);
        count = 0;
        totalBytes = 0;
    }

    /** Appends {@code bytes} bytes of {@code segment} from {@code offset}; the segment must be native memory. */
    public void add(MemorySegment segment, long offset, long bytes) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException("an I/O vector takes native memory only");
        }
        if (offset < 0 || bytes < 0 || offset > segment.byteSize() - bytes) {
            throw new IndexOutOfBoundsException(
                    "range " + offset + " + " + bytes + " of a segment of " + segment.byteSize() + " bytes");
        }
        kept[count] = segment;
        entries.set(JAVA_LONG, (long) count * ENTRY_BYTES, segment.address() + offset);
        entries.set(JAVA_LONG, (long) count * ENTRY_BYTES + 8, bytes);
        count++;
        totalBytes += bytes;
    }

    /** The number of ranges. */
    public int count() {
        return count;
    }

    /** The sum of all ranges in bytes. */
    public long totalBytes() {
        return totalBytes;
    }

    MemorySegment entries() {
        return entries;
    }
}
