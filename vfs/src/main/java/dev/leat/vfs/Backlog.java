package dev.leat.vfs;

import dev.leat.meta.fs.FsException;
import dev.leat.sys.Errno;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Bounds what waits on the work disk for the store, in bytes and in time: from half of either bound on everything is being published, whether it was closed or not; at the bound writers wait; those that
 * have waited for long fail. What was acknowledged stays where it is.
 */
final class Backlog implements AutoCloseable {
    /** How often it is counted; what is written meanwhile is added. */
    private static final long SAMPLE_MS = 100;

    /** How often everything is handed to publication while there is too much. */
    private static final long PUSH_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Inodes inodes;
    private final StagedFiles staged;
    private final LocalOptions options;
    private final LongAdder written = new LongAdder();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition sampled = lock.newCondition();
    private final Thread thread;
    private volatile Waiting sample = Waiting.NOTHING;
    private volatile boolean closed;
    private long pushedNanos = System.nanoTime() - PUSH_NANOS;

    Backlog(Inodes inodes, StagedFiles staged, LocalOptions options) {
        this.inodes = inodes;
        this.staged = staged;
        this.options = options;
        this.thread = Thread.ofVirtual().name("backlog").start(this::run);
    }

    private void run() {
        try {
            while (!closed) {
                Thread.sleep(SAMPLE_MS);
                take();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void take() {
        lock.lock();
        try {
            written.reset();
            sample = Waiting.of(inodes.all());
            sampled.signalAll();
            boolean much = sample.bytes() > options.unpublishedBytesMax() / 2
                    || sample.oldestNanos() > options.unpublishedAgeMax().toNanos() / 2;
            long now = System.nanoTime();
            if (much && now - pushedNanos >= PUSH_NANOS) {
                pushedNanos = now;
                for (OpenInode file : inodes.all()) {
                    long bytes = file.unpublishedBytes();
                    if (bytes >= 0) {
                        staged.stage(file, bytes);
                    }
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Bytes that wait, at most; a little more than there are. */
    long bytes() {
        return sample.bytes() + written.sum();
    }

    private boolean isLate() {
        return sample.oldestNanos() >= options.unpublishedAgeMax().toNanos();
    }

    private boolean hasRoom() {
        return bytes() <= options.unpublishedBytesMax() && !isLate();
    }

    /** Waits until so many bytes may be written. ENOSPC or EIO if that takes too long. */
    void admit(long bytes) throws FsException {
        written.add(bytes);
        if (hasRoom()) {
            return;
        }
        lock.lock();
        try {
            long left = options.patience().toNanos();
            while (!hasRoom()) {
                if (left <= 0 || closed) {
                    throw isLate()
                            ? new FsException(
                                    Errno.EIO,
                                    "bytes have been waiting for the store for more than --unpublished-age "
                                            + options.unpublishedAgeMax())
                            : new FsException(
                                    Errno.ENOSPC,
                                    "more than --unpublished-limit " + options.unpublishedBytesMax()
                                            + " bytes wait for the store");
                }
                left = sampled.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }
}
