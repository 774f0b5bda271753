package dev.leat.vfs;

import dev.leat.sys.FileHandle;
import dev.leat.sys.Fs;
import dev.leat.sys.Open;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Platform threads that wait for the work disk: a virtual one would hold its carrier meanwhile, of which there are as few as cores. */
final class SyncThreads implements AutoCloseable {
    /** File systems write down together what is asked for at the same time; more than this at once makes them no faster. */
    private static final int THREADS = 16;

    private final ThreadPoolExecutor threads;

    SyncThreads() {
        threads = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                10,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().daemon().name("work-disk-", 0).factory());
        threads.allowCoreThreadTimeOut(true);
    }

    /** Begins to put a file's bytes on the disk. */
    Future<?> begin(FileHandle file) {
        return threads.submit(() -> {
            file.dataSync();
            return true;
        });
    }

    /** Puts a file's bytes on the disk. */
    void sync(FileHandle file) throws IOException {
        await(begin(file));
    }

    /** Puts the names in a folder on the disk. */
    void syncFolder(Path folder) throws IOException {
        await(threads.submit((Callable<?>) () -> {
            int descriptor = Fs.open(folder, Open.RDONLY | Open.DIRECTORY | Open.CLOEXEC, 0);
            try {
                Fs.fsync(descriptor);
            } finally {
                Fs.closeQuietly(descriptor);
            }
            return true;
        }));
    }

    /** Waits for what was begun. */
    static void await(Future<?> begun) throws IOException {
        try {
            begun.get();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof IOException failed) {
                throw failed;
            }
            throw new IOException(String.valueOf(cause), cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for the work disk", e);
        }
    }

    /** What is done already. */
    static Future<?> nothing() {
        return CompletableFuture.completedFuture(true);
    }

    @Override
    public void close() {
        threads.close();
    }
}
