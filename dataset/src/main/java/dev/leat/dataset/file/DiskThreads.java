package dev.leat.dataset.file;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;

/**
 * Threads for file system calls. Such a call holds on to the thread under a virtual one: a file server that does not answer
 * would soon hold all of them, and with them the requests of everybody.
 */
final class DiskThreads implements AutoCloseable {
    /** As many as keep a network file system busy; more wait. */
    private static final int THREADS = 32;

    private final ExecutorService threads = Executors.newFixedThreadPool(
            THREADS, Thread.ofPlatform().daemon().name("source-", 0).factory());

    /** What is done on one of the threads. */
    interface Work<T> {
        T run() throws IOException;
    }

    /** Runs it and waits for its end, also when interrupted: buffers are the caller's again afterwards. */
    <T> T call(Work<T> work) throws IOException {
        Future<T> running;
        try {
            running = threads.submit(work::run);
        } catch (RejectedExecutionException e) {
            throw new IOException("the source is closed", e);
        }
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return running.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failed) {
                throw failed;
            }
            throw new IllegalStateException(e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
