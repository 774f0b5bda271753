package dev.leat.vfs;

import dev.leat.cache.BlobCache;
import dev.leat.meta.fs.FsException;
import java.util.concurrent.Executor;

/**
 * Reads ahead of one handle's sequential readers, of which it follows a few at once. A window begins at 1 MiB, doubles
 * each time its reader has used half of it, and ends with the reader that goes elsewhere; two reads in a row make a
 * stream, so that scattered small reads fetch nothing that nobody asked for.
 *
 * <p>Streams are looked at without a lock: a lost update costs a prefetch that is not begun, or begun twice, and the cache
 * fetches nothing twice.
 */
final class ReadAhead {
    private static final long FIRST_WINDOW_BYTES = 1L << 20;

    /** The kernel sends the requests of one stream out of order within its own read-ahead. */
    private static final long SLACK_BYTES = 4L << 20;

    private static final int STREAMS = 4;

    private final BlobCache cache;
    private final Executor threads;
    private final long windowMaxBytes;
    private final long[] next = new long[STREAMS];
    private final long[] window = new long[STREAMS];
    private final long[] fetchedTo = new long[STREAMS];
    private int victim;

    ReadAhead(BlobCache cache, Executor threads, long windowMaxBytes) {
        this.cache = cache;
        this.threads = threads;
        this.windowMaxBytes = windowMaxBytes;
    }

    /** Hears of a read and begins what should be fetched ahead of the next ones. */
    void read(OpenInode file, long offset, int lengthBytes) {
        long end = offset + lengthBytes;
        for (int i = 0; i < STREAMS; i++) {
            long expected = next[i];
            if (expected > 0 && offset <= expected + SLACK_BYTES && offset >= expected - SLACK_BYTES) {
                if (end > expected) {
                    next[i] = end;
                    advance(file, i, end);
                }
                return;
            }
        }
        int i = victim;
        victim = (i + 1) % STREAMS;
        next[i] = end;
        fetchedTo[i] = end;
        // A read at the very start is nearly always the first of a sequential reader.
        window[i] = offset == 0 ? FIRST_WINDOW_BYTES : FIRST_WINDOW_BYTES / 2;
    }

    private void advance(OpenInode file, int i, long end) {
        if (fetchedTo[i] - end > window[i] / 2) {
            return;
        }
        long from = Math.max(end, fetchedTo[i]);
        long to = Math.min(end + window[i], file.content.view().attr().sizeBytes());
        window[i] = Math.min(windowMaxBytes, window[i] * 2);
        if (to <= from) {
            return;
        }
        fetchedTo[i] = to;
        Content content = file.content;
        if (content.mapNow(from) != null) {
            prefetch(content, from, to);
        } else {
            threads.execute(() -> prefetch(content, from, to));
        }
    }

    private void prefetch(Content content, long from, long to) {
        try {
            long position = from;
            while (position < to) {
                ExtentMap map = content.map(position);
                long end = Math.min(to, content.mapEnd(position));
                int index = map.find(position);
                if (index < 0) {
                    int following = -1 - index;
                    position = following < map.size() ? Math.min(end, map.start(following)) : end;
                    continue;
                }
                long piece = Math.min(end, map.end(index)) - position;
                cache.prefetch(map.blob(index), map.blobOffset(index, position), piece);
                position += piece;
            }
        } catch (FsException e) {
            // Only a hint: the read itself will meet the failure and report it.
            window[0] = FIRST_WINDOW_BYTES;
        }
    }
}
