package dev.leat.meta.engine.sqlite;

import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Connections that read. A caller on a platform thread borrows one and reads where it is; one on a virtual thread hands its read to a
 * platform thread of the pool, because a native call holds the carrier and a page that comes from the disk would hold it for
 * milliseconds.
 */
final class ReaderPool implements AutoCloseable {
    /** Longer than a look into memory takes, even if its thread is put off once, and short beside a read. */
    private static final long SHORT_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Path file;
    private final int connectionsMax;
    private final int cacheKib;
    private final Duration timeout;
    private final BlockingDeque<SqliteLink> idle = new LinkedBlockingDeque<>();
    private final AtomicInteger opened = new AtomicInteger();
    private final ExecutorService threads;
    private volatile boolean closed;

    /**
     * An empty pool; connections are opened when they are needed.
     *
     * @param cacheKib memory for pages of each connection, KiB
     * @param timeout longest wait for a free connection
     */
    ReaderPool(Path file, int connectionsMax, int cacheKib, Duration timeout) {
        this.file = file;
        this.connectionsMax = connectionsMax;
        this.cacheKib = cacheKib;
        this.timeout = timeout;
        this.threads = Executors.newFixedThreadPool(
                connectionsMax,
                Thread.ofPlatform().name("leat-sqlite-read-", 0).daemon().factory());
    }

    /** Something to read. */
    interface Reading<T> {
        T on(SqliteLink link) throws SQLException, MetaException;
    }

    /** Reads on some connection. */
    <T> T read(Reading<T> reading) throws MetaException {
        if (!Thread.currentThread().isVirtual()) {
            return readHere(reading);
        }
        try {
            Future<T> future = threads.submit(() -> readHere(reading));
            return future.get(2 * timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof MetaException cause) {
                throw new MetaException(cause.kind(), String.valueOf(cause.getMessage()), cause);
            }
            throw new MetaException(Kind.UNAVAILABLE, "a read of " + file + " failed: " + e.getCause(), e);
        } catch (TimeoutException e) {
            throw late(e);
        } catch (RejectedExecutionException e) {
            throw closedError();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted(e);
        }
    }

    /**
     * Reads where the caller is, if a connection is idle within {@link #SHORT_WAIT_NANOS} and the reading succeeds; for what is in memory for sure, since it may hold a
     * virtual thread's carrier.
     *
     * @param otherwise the result if not
     */
    <T> T tryRead(Reading<T> reading, T otherwise) {
        try {
            SqliteLink link = idle.pollFirst(SHORT_WAIT_NANOS, TimeUnit.NANOSECONDS);
            return link == null ? otherwise : readOn(link, reading);
        } catch (MetaException e) {
            return otherwise;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return otherwise;
        }
    }

    private <T> T readHere(Reading<T> reading) throws MetaException {
        return readOn(borrow(), reading);
    }

    private <T> T readOn(SqliteLink link, Reading<T> reading) throws MetaException {
        boolean sound = false;
        try {
            T result = reading.on(link);
            sound = true;
            return result;
        } catch (SQLException e) {
            throw SqliteErrors.translate(file, e);
        } finally {
            if (!sound) {
                link.recover();
            }
            idle.addFirst(link);
            if (closed) {
                closeIdle();
            }
        }
    }

    private SqliteLink borrow() throws MetaException {
        if (closed) {
            throw closedError();
        }
        SqliteLink link = idle.pollFirst();
        if (link != null) {
            return link;
        }
        if (opened.incrementAndGet() <= connectionsMax) {
            try {
                return SqliteLink.open(file, cacheKib);
            } catch (SQLException e) {
                opened.decrementAndGet();
                throw SqliteErrors.translate(file, e);
            }
        }
        opened.decrementAndGet();
        try {
            link = idle.pollFirst(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted(e);
        }
        if (link == null) {
            throw late(null);
        }
        return link;
    }

    private MetaException late(@Nullable Throwable cause) {
        return new MetaException(
                Kind.UNAVAILABLE, file + " answered no read within " + timeout.toMillis() + " ms; try again", cause);
    }

    private MetaException interrupted(InterruptedException e) {
        return new MetaException(Kind.UNAVAILABLE, "interrupted while reading " + file, e);
    }

    private MetaException closedError() {
        return new MetaException(Kind.INVALID, "the metadata engine on " + file + " is closed");
    }

    /** Waits for reads that are under way; one that takes longer than the timeout closes its connection itself. */
    @Override
    public void close() {
        closed = true;
        threads.shutdown();
        long deadline = System.nanoTime() + timeout.toNanos();
        closeIdle();
        while (opened.get() > 0 && System.nanoTime() < deadline) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            closeIdle();
        }
    }

    private void closeIdle() {
        for (SqliteLink link = idle.pollFirst(); link != null; link = idle.pollFirst()) {
            link.close();
            opened.decrementAndGet();
        }
    }
}
