package dev.leat.dataset.tree;

import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks a source for news of what is known already, and makes do with that if the source is away. */
final class News {
    private static final Logger log = LoggerFactory.getLogger(News.class);

    /** How long a caller waits for news of what it could be told from memory. */
    private static final long WAIT_MS = 2_000;

    /** How long nobody asks again after a source did not answer. */
    static final long AWAY_NS = TimeUnit.SECONDS.toNanos(5);

    private final ExecutorService threads;
    private final LongAdder overdue = new LongAdder();

    News(ExecutorService threads) {
        this.threads = threads;
    }

    /** Answers that were older than they should be. */
    long overdue() {
        return overdue.sum();
    }

    /** What a source is asked. */
    interface Question<T> {
        T ask() throws StoreException;
    }

    /** Asks, and answers from memory if the answer does not come soon or the source cannot be asked. */
    <T> T ask(Question<T> question, T known, Runnable away, Node about) throws StoreException {
        Future<T> asking;
        try {
            asking = threads.submit(question::ask);
        } catch (RejectedExecutionException e) {
            throw new StoreException(Kind.UNAVAILABLE, "the mount ends", e);
        }
        try {
            return asking.get(WAIT_MS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            away.run();
            overdue.increment();
            return known;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(Kind.UNAVAILABLE, "interrupted", e);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof StoreException failed)) {
                throw new IllegalStateException(e.getCause());
            }
            if (!failed.kind().retryable()) {
                throw failed;
            }
            away.run();
            overdue.increment();
            log.warn("{} is taken for unchanged: {}", about.path(), failed.getMessage());
            return known;
        }
    }
}
