package dev.leat.cache;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A few platform threads that keep large ranges, since writing to a disk would block a carrier. What waits for them holds
 * buffers, so they know how far behind they are.
 */
final class Writers implements AutoCloseable {
    static final int THREADS = 4;
    private static final long CLOSE_SECONDS = 30;

    private final ExecutorService threads;
    private final long behindBytes;
    private final AtomicLong waitingBytes = new AtomicLong();

    /** @param behindBytes more than this waiting or being written is too much, in bytes */
    Writers(long behindBytes) {
        this.behindBytes = behindBytes;
        this.threads = Executors.newFixedThreadPool(
                THREADS, Thread.ofPlatform().daemon().name("cache-writer-", 0).factory());
    }

    /** @throws RejectedExecutionException after close */
    void execute(long bytes, Runnable write) {
        waitingBytes.addAndGet(bytes);
        boolean taken = false;
        try {
            threads.execute(() -> {
                try {
                    write.run();
                } finally {
                    waitingBytes.addAndGet(-bytes);
                }
            });
            taken = true;
        } finally {
            if (!taken) {
                waitingBytes.addAndGet(-bytes);
            }
        }
    }

    /** Whether so much waits that a write should rather be over soon than be cheap. */
    boolean behind() {
        return waitingBytes.get() > behindBytes;
    }

    /** Lets what waits be written; returns whether that ended in time. */
    boolean finish() throws InterruptedException {
        threads.shutdown();
        return threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
