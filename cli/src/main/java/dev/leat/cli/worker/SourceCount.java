package dev.leat.cli.worker;

import dev.leat.cli.report.PodSide;
import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Source;
import dev.leat.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Phaser;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many files and bytes there are in the sources of a dataset, by listing all of them. Of all workers the first one counts, when it starts,
 * when the sources change, and a few times a day.
 */
final class SourceCount implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SourceCount.class);

    private static final Duration EVERY = Duration.ofHours(6);

    /** After a failure. */
    private static final Duration AGAIN = Duration.ofSeconds(30);

    /** Requests at a time: a count must not stand in the way of readers. */
    private static final int REQUESTS = 16;

    private final OpenSources sources;
    private final boolean counts;
    private @Nullable Thread thread; // guarded by this
    private volatile @Nullable Total total;
    private volatile boolean busy;

    /** What there is. */
    record Total(long bytes, long files) {}

    /** Of a worker's sources; nothing is counted before {@link #again}. */
    SourceCount(OpenSources sources, @Nullable PodSide pod) {
        this.sources = sources;
        // The pods of a StatefulSet are numbered.
        this.counts = pod != null && pod.url() != null && pod.daemon().pod().endsWith("-0");
    }

    /** Counts from the beginning. */
    synchronized void again() {
        if (!counts) {
            return;
        }
        close();
        busy = true;
        thread = Thread.ofVirtual().name("count").start(this::run);
    }

    private void run() {
        try {
            while (true) {
                busy = true;
                Duration pause = EVERY;
                try {
                    total = count();
                } catch (StoreException e) {
                    log.warn("the sources could not be counted: {}", e.getMessage());
                    pause = AGAIN;
                }
                busy = false;
                Thread.sleep(pause);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Total count() throws StoreException, InterruptedException {
        Tally tally = new Tally();
        for (OpenSources.Opened opened : sources.all()) {
            if (opened.source() != null) {
                tally.directory(opened.source(), "");
            }
        }
        return tally.total();
    }

    /** One count, of directories that are listed at a time. */
    private static final class Tally {
        private final AtomicLong files = new AtomicLong();
        private final AtomicLong bytes = new AtomicLong();
        private final Semaphore requests = new Semaphore(REQUESTS);
        private final Phaser under = new Phaser(1);
        private final List<Thread> threads = new ArrayList<>(); // guarded by itself
        private volatile @Nullable StoreException failure;

        void directory(Source source, String path) {
            under.register();
            Thread one = Thread.ofVirtual().unstarted(() -> {
                try {
                    requests.acquire();
                    try {
                        list(source, path);
                    } finally {
                        requests.release();
                    }
                } catch (StoreException e) {
                    failure = e;
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                } finally {
                    under.arriveAndDeregister();
                }
            });
            synchronized (threads) {
                threads.add(one);
            }
            one.start();
        }

        private void list(Source source, String directory) throws StoreException {
            if (failure != null) {
                return;
            }
            source.list(directory, entry -> {
                String path = directory.isEmpty() ? entry.name() : directory + "/" + entry.name();
                if (entry.facts().kind() == EntryKind.DIRECTORY) {
                    directory(source, path);
                } else if (entry.facts().kind() == EntryKind.FILE) {
                    files.incrementAndGet();
                    // An index page rounds lengths, or has none.
                    long size = entry.facts().isConfirmed() || !source.kind().equals("http")
                            ? entry.facts().sizeBytes()
                            : source.facts(path).sizeBytes();
                    bytes.addAndGet(Math.max(0, size));
                }
                return failure == null && !Thread.currentThread().isInterrupted();
            });
        }

        Total total() throws StoreException, InterruptedException {
            try {
                under.awaitAdvanceInterruptibly(under.arrive());
            } catch (InterruptedException e) {
                synchronized (threads) {
                    threads.forEach(Thread::interrupt);
                }
                throw e;
            }
            StoreException failed = failure;
            if (failed != null) {
                throw failed;
            }
            return new Total(bytes.get(), files.get());
        }
    }

    /** What was counted last; null before the first time. */
    @Nullable
    Total total() {
        return total;
    }

    /** Whether it is being counted for the first time since the sources changed. */
    boolean busy() {
        return busy;
    }

    @Override
    public synchronized void close() {
        if (thread != null) {
            thread.interrupt();
        }
    }
}
