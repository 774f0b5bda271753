package dev.leat.vfs;

import java.util.concurrent.atomic.LongAdder;

/** Counts publications. */
final class PublishCounters {
    private final LongAdder files = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder packs = new LongAdder();
    private final LongAdder packedFiles = new LongAdder();
    private final LongAdder packedBytes = new LongAdder();

    /** A publication has ended. */
    void ended(boolean failed) {
        (failed ? failures : files).increment();
    }

    /** A pack has been sent. */
    void packed(long fileCount, long bytes) {
        packs.increment();
        packedFiles.add(fileCount);
        packedBytes.add(bytes);
    }

    PublishStats stats() {
        return new PublishStats(files.sum(), failures.sum(), packs.sum(), packedFiles.sum(), packedBytes.sum());
    }
}
