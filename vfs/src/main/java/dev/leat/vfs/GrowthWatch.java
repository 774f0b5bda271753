package dev.leat.vfs;

import dev.leat.meta.fs.FsException;
import dev.leat.sys.Threads;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at files that the kernel writes by itself, ten times a second, and sends what they have grown by: little is left to do at close. */
final class GrowthWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(GrowthWatch.class);
    private static final long PERIOD_MS = 100;

    private final Inodes inodes;
    private final FileWriter writer;
    private final CountDownLatch closed = new CountDownLatch(1);
    private @Nullable Thread thread;

    GrowthWatch(Inodes inodes, FileWriter writer) {
        this.inodes = inodes;
        this.writer = writer;
    }

    /** Begins; once it has begun this is nothing. */
    synchronized void start() {
        if (thread == null) {
            thread = Thread.ofPlatform().daemon().name("growth-watch").start(this::run);
        }
    }

    private void run() {
        try {
            while (!closed.await(PERIOD_MS, TimeUnit.MILLISECONDS)) {
                inodes.forEachWhole(this::look);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look(OpenInode file) {
        try {
            writer.advance(file);
        } catch (FsException | RuntimeException e) {
            // Whoever publishes the file is told.
            log.debug("inode {}: {}", file.ino, e.getMessage());
        }
    }

    @Override
    public synchronized void close() {
        closed.countDown();
        Threads.join(thread);
    }
}
