package dev.leat.meta.engine.sqlite;

import dev.leat.sys.Threads;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wakes those who wait for the feed: at once when this process commits, and within {@link #POLL_NANOS} when another one does. SQLite
 * tells nobody of a commit, but {@code PRAGMA data_version} costs a look into shared memory; it is asked only while somebody waits.
 */
final class FeedWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FeedWatch.class);

    /** A tenth of the 100 ms in which another mount is to see a change, so that the poll is not what it waits for. */
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final Path file;
    private final int cacheKib;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Condition waited = lock.newCondition();
    private long changes;
    private int waiters;
    private boolean closed;
    private @Nullable Thread thread;

    FeedWatch(Path file, int cacheKib) {
        this.file = file;
        this.cacheKib = cacheKib;
    }

    /** A number that grows with every change; to be read before looking for events. */
    long changes() {
        lock.lock();
        try {
            return changes;
        } finally {
            lock.unlock();
        }
    }

    /** Something was committed. */
    void wake() {
        lock.lock();
        try {
            changes++;
            if (waiters > 0) {
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until there was a change since {@code seen}.
     *
     * @return the part of {@code nanos} that is left
     */
    long await(long seen, long nanos) throws InterruptedException {
        lock.lock();
        try {
            startPolling();
            waiters++;
            waited.signal();
            try {
                long left = nanos;
                while (changes == seen && !closed && left > 0) {
                    left = changed.awaitNanos(left);
                }
                return closed ? 0 : left;
            } finally {
                waiters--;
            }
        } finally {
            lock.unlock();
        }
    }

    /** A native call holds the carrier of a virtual thread, so the polling has a thread of its own. */
    private void startPolling() {
        if (thread == null && !closed) {
            thread = Thread.ofPlatform().name("leat-sqlite-feed").daemon().start(this::poll);
        }
    }

    private void poll() {
        try (SqliteLink link = SqliteLink.open(file, cacheKib)) {
            long version = link.dataVersion();
            // What was committed before the first look must not be missed.
            wake();
            while (pause()) {
                long now = link.dataVersion();
                if (now != version) {
                    version = now;
                    wake();
                }
            }
        } catch (SQLException e) {
            LOG.warn("changes of {} by other processes are seen late: {}", file, e.getMessage());
            lock.lock();
            try {
                thread = null;
                changes++;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    /** Lets a poll's time pass, and then waits for somebody to poll for; false at the end. */
    private boolean pause() {
        lock.lock();
        try {
            long left = POLL_NANOS;
            while (left > 0 && !closed) {
                left = waited.awaitNanos(left);
            }
            while (waiters == 0 && !closed) {
                waited.await();
            }
            return !closed;
        } catch (InterruptedException e) {
            return false;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
            waited.signalAll();
        } finally {
            lock.unlock();
        }
        Threads.join(thread);
    }
}
