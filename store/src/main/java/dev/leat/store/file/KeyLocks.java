package dev.leat.store.file;

import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets one caller at a time, over all processes, replace or delete a key: compare-and-replace needs it, since rename(2)
 * does not compare.
 *
 * <p>Concurrency: a key belongs to one of 64 stripes. In this process a stripe is a lock shared by all stores, since record
 * locks belong to the process and end when any descriptor of the file is closed. Between processes it is a record lock on
 * a file of the stripe's own, which the kernel drops when the process dies.
 */
final class KeyLocks {
    private static final Logger LOG = LoggerFactory.getLogger(KeyLocks.class);
    private static final int STRIPES = 64;

    /** A holder does two or three system calls; one that takes 30 s hangs on a dead file server. */
    private static final long WAIT_NS_MAX = TimeUnit.SECONDS.toNanos(30);

    private static final ReentrantLock[] LOCAL = new ReentrantLock[STRIPES];

    static {
        for (int i = 0; i < STRIPES; i++) {
            LOCAL[i] = new ReentrantLock();
        }
    }

    private final Root root;
    private final Path directory;
    private final AtomicBoolean warned = new AtomicBoolean();

    KeyLocks(Root root, Path directory) {
        this.root = root;
        this.directory = directory;
    }

    /** What is done under the lock. */
    interface Action {
        /** Does it. */
        void run() throws IOException;
    }

    /** Runs {@code action} while no one else is in here with the same key. */
    void locked(String key, Action action) throws IOException {
        int stripe = Math.floorMod(key.hashCode(), STRIPES);
        ReentrantLock local = LOCAL[stripe];
        try {
            if (!local.tryLock(WAIT_NS_MAX, TimeUnit.NANOSECONDS)) {
                throw tooLong(key);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(Kind.UNAVAILABLE, "interrupted while waiting for the lock of '" + key + "'", e);
        }
        try (FileChannel channel = open(directory.resolve("lock-" + stripe))) {
            // The channel's end is the lock's end.
            FileLock lock = lock(channel, key);
            action.run();
            if (lock != null) {
                lock.release();
            }
        } finally {
            local.unlock();
        }
    }

    private FileChannel open(Path file) throws IOException {
        try {
            return FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
        } catch (NoSuchFileException e) {
            root.check();
            Files.createDirectories(directory);
            return FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
        }
    }

    private @Nullable FileLock lock(FileChannel channel, String key) throws IOException {
        long begin = System.nanoTime();
        long pauseNs = 50_000;
        try {
            while (true) {
                FileLock lock = channel.tryLock();
                if (lock != null) {
                    return lock;
                }
                if (System.nanoTime() - begin > WAIT_NS_MAX) {
                    throw tooLong(key);
                }
                LockSupport.parkNanos(pauseNs);
                pauseNs = Math.min(pauseNs * 2, 10_000_000);
            }
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            if (!Failures.isUnsupported(e)) {
                throw e;
            }
            if (!warned.getAndSet(true)) {
                LOG.warn(
                        "{} has no file locks ({}): conditional writes are safe only within one process",
                        directory,
                        e.toString());
            }
            return null;
        }
    }

    private StoreException tooLong(String key) {
        return new StoreException(
                Kind.UNAVAILABLE,
                "waited " + TimeUnit.NANOSECONDS.toSeconds(WAIT_NS_MAX) + " s for the lock of '" + key + "' in "
                        + directory + ": see which process hangs there");
    }
}
