package dev.leat.vfs;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Numbers for open files and directories, as the kernel passes them. Looking one up takes no lock and makes no object;
 * numbers are reused.
 *
 * @param <T> what is open
 */
public final class HandleTable<T> {
    private static final int CHUNK_BITS = 10;
    private static final int CHUNK = 1 << CHUNK_BITS;

    /** Most handles at once: a million, as many as a generous {@code fs.nr_open}. */
    static final int HANDLES_MAX = CHUNK * CHUNK;

    private final AtomicReferenceArray<@Nullable AtomicReferenceArray<@Nullable T>> chunks =
            new AtomicReferenceArray<>(CHUNK);

    // Guarded by this.
    private int[] free = new int[64];
    private int freeCount;
    private int nextNew;
    private int open;

    /** Enters one; -1 when the table is full. */
    public synchronized long add(T entry) {
        int index;
        if (freeCount > 0) {
            index = free[--freeCount];
        } else if (nextNew < HANDLES_MAX) {
            index = nextNew++;
        } else {
            return -1;
        }
        set(index, entry);
        return index;
    }

    private void set(int index, T entry) {
        int chunkIndex = index >>> CHUNK_BITS;
        AtomicReferenceArray<@Nullable T> chunk = chunks.get(chunkIndex);
        if (chunk == null) {
            chunk = new AtomicReferenceArray<>(CHUNK);
            chunks.set(chunkIndex, chunk);
        }
        chunk.set(index & (CHUNK - 1), entry);
        open++;
    }

    /** Enters one under a number that the kernel has for it; numbers ascend, and all come before the first {@link #add}. */
    synchronized void put(long number, T entry) {
        while (nextNew < number) {
            free(nextNew++);
        }
        nextNew = (int) number + 1;
        set((int) number, entry);
    }

    private void free(int index) {
        if (freeCount == free.length) {
            free = Arrays.copyOf(free, free.length * 2);
        }
        free[freeCount++] = index;
    }

    /** What has that number; null if nothing has. */
    public @Nullable T get(long number) {
        if (number < 0 || number >= HANDLES_MAX) {
            return null;
        }
        AtomicReferenceArray<@Nullable T> chunk = chunks.get((int) number >>> CHUNK_BITS);
        return chunk == null ? null : chunk.get((int) number & (CHUNK - 1));
    }

    /** Frees a number; null if nothing had it. */
    public synchronized @Nullable T remove(long number) {
        T entry = get(number);
        if (entry != null) {
            AtomicReferenceArray<@Nullable T> chunk = chunks.get((int) number >>> CHUNK_BITS);
            if (chunk != null) {
                chunk.set((int) number & (CHUNK - 1), null);
            }
            free((int) number);
            open--;
        }
        return entry;
    }

    /** How many are open. */
    public synchronized int open() {
        return open;
    }
}
