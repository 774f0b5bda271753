package dev.leat.dataset.source;

import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import dev.leat.store.StoreMetrics;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A source that can be taken away while others use it, and that remembers how it answered last. When it is closed, requests
 * under way come to their end first; later ones find nothing (NOT_FOUND).
 *
 * <p>Concurrency: all methods from any thread.
 */
public final class DetachableSource implements Source {
    private static final Logger log = LoggerFactory.getLogger(DetachableSource.class);

    /** In {@link #users} when no more are taken. */
    private static final int CLOSED = 1 << 30;

    private final Source source;
    private final AtomicInteger users = new AtomicInteger();
    private volatile @Nullable Answer last;
    private volatile @Nullable Answer lastFailure;

    /**
     * How a request ended.
     *
     * @param atNs when, by the monotonic clock
     * @param atEpochMs when, by the clock on the wall
     * @param failure what went wrong; null if nothing did
     */
    public record Answer(
            long atNs, long atEpochMs, @Nullable StoreException failure) {}

    /** Asks {@code source}, which is closed when this was and nobody uses it any more. */
    public DetachableSource(Source source) {
        this.source = source;
    }

    private interface Question<T> {
        T ask() throws StoreException;
    }

    private <T> T ask(Question<T> question) throws StoreException {
        if (users.incrementAndGet() >= CLOSED) {
            leave();
            throw removed();
        }
        try {
            T answer = question.ask();
            answered(null);
            return answer;
        } catch (StoreException e) {
            // That a file is not there, or another version, is an answer like any other.
            boolean told = e.kind() == Kind.NOT_FOUND || e.kind() == Kind.PRECONDITION_FAILED;
            answered(told ? null : e);
            throw e;
        } finally {
            leave();
        }
    }

    private StoreException removed() {
        return new StoreException(Kind.NOT_FOUND, location() + " is not mounted any more");
    }

    private void answered(@Nullable StoreException failure) {
        Answer answer = new Answer(System.nanoTime(), System.currentTimeMillis(), failure);
        last = answer;
        if (failure != null) {
            lastFailure = answer;
        }
    }

    private void leave() {
        if (users.decrementAndGet() == CLOSED) {
            end();
        }
    }

    private void end() {
        try {
            source.close();
        } catch (RuntimeException e) {
            log.warn("while closing {}: {}", source.location(), e.getMessage());
        }
    }

    /** How the last request ended; null before the first one. */
    public @Nullable Answer last() {
        return last;
    }

    /** The last request that failed; null if none has. */
    public @Nullable Answer lastFailure() {
        return lastFailure;
    }

    /** Whether it has been taken away. */
    public boolean isClosed() {
        return users.get() >= CLOSED;
    }

    @Override
    public String location() {
        return source.location();
    }

    @Override
    public String kind() {
        return source.kind();
    }

    @Override
    public void list(String directory, Sink sink) throws StoreException {
        ask(() -> {
            source.list(directory, entry -> {
                if (isClosed()) {
                    throw removed();
                }
                return sink.take(entry);
            });
            return true;
        });
    }

    @Override
    public Facts facts(String path) throws StoreException {
        return ask(() -> source.facts(path));
    }

    @Override
    public void read(String path, Facts version, long offset, ByteBuffer destination) throws StoreException {
        ask(() -> {
            source.read(path, version, offset, destination);
            return true;
        });
    }

    @Override
    public StoreMetrics metrics() {
        return source.metrics();
    }

    @Override
    public long retries() {
        return source.retries();
    }

    @Override
    public long refusedRetries() {
        return source.refusedRetries();
    }

    @Override
    public void close() {
        int before;
        do {
            before = users.get();
            if (before >= CLOSED) {
                return;
            }
        } while (!users.compareAndSet(before, before + CLOSED));
        if (before == 0) {
            end();
        }
    }
}
