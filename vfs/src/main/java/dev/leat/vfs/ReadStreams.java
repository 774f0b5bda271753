package dev.leat.vfs;

import org.jspecify.annotations.Nullable;

/**
 * Follows the sequential readers of one handle, a few at once, and says what to read ahead of them. A window begins at 1 MiB,
 * doubles each time its reader has used half of it, and ends with the reader that goes elsewhere; two reads in a row make a
 * stream, so that scattered small reads fetch nothing that nobody asked for.
 *
 * <p>Streams are looked at without a lock: a lost update costs a prefetch that is not begun, or begun twice, and the cache
 * fetches nothing twice.
 */
public final class ReadStreams {
    private static final long FIRST_WINDOW_BYTES = 1L << 20;

    /** The kernel sends the requests of one stream out of order within its own read-ahead. */
    private static final long SLACK_BYTES = 4L << 20;

    private static final int STREAMS = 4;

    private final long windowMaxBytes;
    private final long[] next = new long[STREAMS];
    private final long[] window = new long[STREAMS];
    private final long[] fetchedTo = new long[STREAMS];
    private int victim;

    /**
     * Bytes to fetch.
     *
     * @param from first one
     * @param to the one behind the last
     */
    public record Range(long from, long to) {}

    /** @param windowMaxBytes furthest that reading ahead runs before one reader, in bytes */
    public ReadStreams(long windowMaxBytes) {
        this.windowMaxBytes = windowMaxBytes;
    }

    /**
     * Hears of a read.
     *
     * @param sizeBytes length of the file
     * @return what should be fetched ahead of the next ones; null for nothing
     */
    public @Nullable Range read(long offset, int lengthBytes, long sizeBytes) {
        long end = offset + lengthBytes;
        for (int i = 0; i < STREAMS; i++) {
            long expected = next[i];
            if (expected > 0 && offset <= expected + SLACK_BYTES && offset >= expected - SLACK_BYTES) {
                if (end <= expected) {
                    return null;
                }
                next[i] = end;
                return advance(i, end, sizeBytes);
            }
        }
        int i = victim;
        victim = (i + 1) % STREAMS;
        next[i] = end;
        fetchedTo[i] = end;
        // A read at the very start is nearly always the first of a sequential reader.
        window[i] = offset == 0 ? FIRST_WINDOW_BYTES : FIRST_WINDOW_BYTES / 2;
        return null;
    }

    private @Nullable Range advance(int i, long end, long sizeBytes) {
        if (fetchedTo[i] - end > window[i] / 2) {
            return null;
        }
        long from = Math.max(end, fetchedTo[i]);
        long to = Math.min(end + window[i], sizeBytes);
        window[i] = Math.min(windowMaxBytes, window[i] * 2);
        if (to <= from) {
            return null;
        }
        fetchedTo[i] = to;
        return new Range(from, to);
    }

    /** What was said could not be fetched: the first stream begins again with a small window. */
    void restart() {
        window[0] = FIRST_WINDOW_BYTES;
    }
}
