package dev.leat.vfs;

import dev.leat.cache.BlobCache;
import dev.leat.meta.fs.FsException;
import java.util.concurrent.Executor;

/** Reads ahead of the sequential readers of one handle, as far as its content is blobs ({@link ReadStreams}). */
final class ReadAhead {
    private final BlobCache cache;
    private final Executor threads;
    private final ReadStreams streams;

    ReadAhead(BlobCache cache, Executor threads, long windowMaxBytes) {
        this.cache = cache;
        this.threads = threads;
        this.streams = new ReadStreams(windowMaxBytes);
    }

    /** Hears of a read and begins what should be fetched ahead of the next ones. */
    void read(OpenInode file, long offset, int lengthBytes) {
        Content content = file.content;
        ReadStreams.Range wanted =
                streams.read(offset, lengthBytes, content.view().attr().sizeBytes());
        if (wanted == null) {
            return;
        }
        if (content.mapNow(wanted.from()) != null) {
            prefetch(content, wanted.from(), wanted.to());
        } else {
            threads.execute(() -> prefetch(content, wanted.from(), wanted.to()));
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
            streams.restart();
        }
    }
}
