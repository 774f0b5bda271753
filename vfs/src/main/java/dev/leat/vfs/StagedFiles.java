package dev.leat.vfs;

import dev.leat.sys.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Files that were closed before they were published. They are published together, a moment after the first of them or as soon as
 * enough bytes wait for a pack; what would not fit into it waits for the next one. One that fails is tried again, ever more
 * slowly, for as long as the mount lives.
 */
final class StagedFiles implements AutoCloseable {
    /** Longest pause between two attempts at a file that cannot be published. */
    private static final Duration PAUSE_MAX = Duration.ofSeconds(30);

    /** Steps of the pause, each twice as long as the one before, between two looks at a file that is closed and still mapped. */
    private static final int MAPPED_STEPS = 2;

    private final Publisher publisher;
    private final Inodes inodes;
    private final Duration delay;
    private final long bytesMax;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Thread thread;

    // Guarded by lock.
    private final Map<OpenInode, Long> staged = new LinkedHashMap<>();
    private long stagedBytes;
    private boolean hurried;
    private boolean closed;

    StagedFiles(Publisher publisher, Inodes inodes, VfsOptions options) {
        this.publisher = publisher;
        this.inodes = inodes;
        this.delay = options.stagedDelay();
        this.bytesMax = options.packBytes();
        this.thread = Thread.ofVirtual().name("staged-files").start(this::run);
    }

    void stage(OpenInode file, long bytes) {
        lock.lock();
        try {
            if (staged.putIfAbsent(file, bytes) == null) {
                stagedBytes += PackQueue.packedBytes(bytes);
            }
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Publishes what is staged without waiting for more. */
    void hurry() {
        lock.lock();
        try {
            hurried = !staged.isEmpty();
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        while (true) {
            List<OpenInode> batch;
            lock.lock();
            try {
                while (staged.isEmpty() && !closed) {
                    changed.await();
                }
                long left = delay.toNanos();
                while (left > 0 && stagedBytes < bytesMax && !hurried && !closed) {
                    left = changed.awaitNanos(left);
                }
                if (closed) {
                    return;
                }
                batch = next();
                hurried &= !staged.isEmpty();
            } catch (InterruptedException e) {
                return;
            } finally {
                lock.unlock();
            }
            publish(batch);
        }
    }

    /** The files that waited longest, as many as one pack holds; large ones have objects of their own. */
    private List<OpenInode> next() {
        List<OpenInode> batch = new ArrayList<>();
        long packBytes = 0;
        Iterator<Map.Entry<OpenInode, Long>> waiting = staged.entrySet().iterator();
        while (waiting.hasNext()) {
            Map.Entry<OpenInode, Long> entry = waiting.next();
            long packedBytes = PackQueue.packedBytes(entry.getValue());
            if (entry.getValue() <= Publisher.OWN_BLOB_BYTES) {
                packBytes += packedBytes;
            }
            if (!batch.isEmpty() && packBytes > bytesMax) {
                break;
            }
            batch.add(entry.getKey());
            stagedBytes -= packedBytes;
            waiting.remove();
        }
        return batch;
    }

    private void publish(List<OpenInode> files) {
        List<@Nullable CompletableFuture<Void>> begun = publisher.publishLater(files);
        List<CompletableFuture<Void>> running = new ArrayList<>();
        for (int i = 0; i < files.size(); i++) {
            OpenInode file = files.get(i);
            CompletableFuture<Void> done = begun.get(i);
            if (done == null) {
                again(file);
            } else {
                running.add(done.whenComplete((_, _) -> again(file)));
            }
        }
        // The next batch gathers while this one is on its way, but no more than one ahead of it.
        for (CompletableFuture<Void> done : running) {
            done.handle((_, _) -> true).join();
        }
    }

    /** After a publication: lets the file go, or comes back for what is still dirty. */
    private void again(OpenInode file) {
        boolean unpublished;
        int failures;
        file.lock.lock();
        try {
            // What somebody else publishes now may fail, and then nobody but us comes back for it.
            unpublished = file.isDirty() || file.flushing != null;
            failures = file.failures;
        } finally {
            file.lock.unlock();
        }
        if (unpublished) {
            retry(file, failures);
        } else if (!inodes.drop(file) && inodes.isLeft(file)) {
            // Some program has it mapped, or the kernel wrote to it just now.
            // All of it is read again at each look: the larger, the more seldom.
            retry(file, failures + MAPPED_STEPS + (64 - Long.numberOfLeadingZeros(file.effectiveSize() >>> 26)));
        }
    }

    private void retry(OpenInode file, int failures) {
        long pauseMs = Math.min(PAUSE_MAX.toMillis(), delay.toMillis() << Math.min(failures, 10));
        CompletableFuture.delayedExecutor(pauseMs, TimeUnit.MILLISECONDS).execute(() -> stage(file, 0));
    }

    /** Stops; what is staged stays dirty and is the caller's to publish. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
        Threads.join(thread);
    }
}
