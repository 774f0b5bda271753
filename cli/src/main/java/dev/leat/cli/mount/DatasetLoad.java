package dev.leat.cli.mount;

import dev.leat.cache.BufferPool;
import dev.leat.cli.CliException;
import dev.leat.cli.option.DatasetFlags;
import dev.leat.cli.option.StoreFlags;
import dev.leat.cli.option.WorkerFlags;
import dev.leat.cli.report.OperatorSecret;
import dev.leat.cli.report.PodSide;
import dev.leat.cli.report.PodToken;
import dev.leat.cli.report.Reporter;
import dev.leat.cli.worker.Peers;
import dev.leat.cli.worker.SourceIdentity;
import dev.leat.dataset.read.BranchOrigin;
import dev.leat.dataset.read.Sweep;
import dev.leat.dataset.tree.ListingStore;
import dev.leat.dataset.tree.Node;
import dev.leat.dataset.tree.Tree;
import dev.leat.kube.report.DaemonReport;
import dev.leat.store.Blob;
import dev.leat.store.StoreException;
import dev.leat.store.StoreLimits;
import dev.leat.worker.client.PeerGroup;
import dev.leat.worker.wire.Token;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fills the cache of a dataset's workers ahead of need, from a process that mounts nothing: each block is asked of the worker that owns it,
 * which fetches it unless it has it. A file that cannot be had is counted and named, and the rest goes on.
 */
public final class DatasetLoad implements AutoCloseable {
    /** Files at a time: as many as a worker takes connections from one client. */
    public static final int THREADS = 16;

    private static final Logger log = LoggerFactory.getLogger(DatasetLoad.class);

    private static final int BLOCK_BYTES = 4 << 20;
    private static final long LISTING_BYTES = 2L << 30;
    private static final int FAILURES_NAMED = 20;

    /** A worker that is busy, or that was just started again, gives the block a little later. */
    private static final List<Duration> PAUSES = List.of(
            Duration.ofMillis(500),
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(5),
            Duration.ofSeconds(10),
            Duration.ofSeconds(20));

    /** How often it is told that the operator has not given the workers' secret. */
    private static final Duration SECRET_LOOK = Duration.ofSeconds(2);

    /** The rate is that of at least this long. */
    private static final Duration RATE = Duration.ofSeconds(3);

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final PodSide pod;
    private final BufferPool buffers;
    private final Path listings;
    private final BranchOrigin origin;
    private final Tree tree;
    private volatile List<String> workers = List.of();
    private final AtomicLong files = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong filesDone = new AtomicLong();
    private final AtomicLong bytesDone = new AtomicLong();
    private final AtomicLong filesFailed = new AtomicLong();
    private final List<String> failures = new ArrayList<>(); // guarded by itself
    private volatile boolean counted;
    private long rateSinceNs = System.nanoTime();
    private long rateSinceBytes;
    private @Nullable Long bytesPerSecond;

    /**
     * Opens the sources that the dataset's file names.
     *
     * @param file the dataset's
     * @param pod who this is
     * @param flags what workers must know
     * @param store how sources are reached
     * @param memoryBytes bound of the buffers
     */
    public DatasetLoad(Path file, PodSide pod, WorkerFlags flags, StoreFlags store, long memoryBytes)
            throws IOException {
        this.pod = pod;
        this.buffers = new BufferPool(memoryBytes);
        this.listings = Files.createTempDirectory("leat-load");
        boolean done = false;
        try {
            Reporter reporter = pod.reporter("it is starting");
            if (reporter != null) {
                opened.push(reporter);
            }
            PeerGroup peers = Peers.open(token(flags, reporter), () -> workers);
            opened.push(peers);
            this.origin = new BranchOrigin((source, _) -> peers.owners(SourceIdentity.of(source)));
            this.tree = new Tree(new ListingStore(listings, LISTING_BYTES), 0);
            opened.push(tree);
            SourceTable sources = new SourceTable(tree, origin, store, new DatasetFlags(), StoreLimits.NONE, listings);
            opened.push(sources);
            TreeFileWatch watch = new TreeFileWatch(file, told -> {
                sources.set(SourceTable.Owner.FILE, told.sources());
                workers = told.workers();
            });
            opened.push(watch);
            PodStart.begin(watch, why -> {
                if (reporter != null) {
                    reporter.tell(() -> pod.bare(why));
                }
            });
            if (workers.isEmpty()) {
                throw CliException.failed("dataset " + pod.dataset()
                        + " has no workers, so there is no cache to be filled; set spec.replicas of its runtime");
            }
            watch.start();
            if (reporter != null) {
                reporter.tell(this::report);
            }
            done = true;
        } finally {
            if (!done) {
                close();
            }
        }
    }

    private Token token(WorkerFlags flags, @Nullable Reporter reporter) throws IOException {
        PodToken known = PodToken.of(flags.token(), pod);
        OperatorSecret secret = known.secret();
        if (secret == null) {
            return known.token();
        }
        opened.push(secret);
        try {
            while (!secret.await(SECRET_LOOK)) {
                String problem = secret.problem();
                if (reporter != null && problem != null) {
                    reporter.tell(() -> pod.bare(problem));
                }
            }
        } catch (InterruptedException e) {
            throw interrupted();
        }
        return known.token();
    }

    /**
     * Loads what lies below paths of the dataset.
     *
     * @return the facts at the end
     */
    public Map<String, Object> run(List<String> targets, int threads) throws IOException {
        List<Node> tops = new ArrayList<>();
        for (String target : targets) {
            Node node = tree.find(target.replaceAll("^/+|/+$", ""));
            if (node == null) {
                fail(target, "there is no such path in dataset " + pod.dataset());
            } else {
                tops.add(node);
            }
        }
        Sweep sweep = new Sweep(tree, origin, threads);
        sweep.run(tops, new Sweep.Visitor() {
            @Override
            public void file(Sweep.Found file) {
                files.incrementAndGet();
                bytes.addAndGet(file.facts().sizeBytes());
            }

            @Override
            public void failed(String path, StoreException why) {
                // Told when it is to be loaded.
                log.debug("{}: {}", path, why.getMessage());
            }
        });
        counted = true;
        sweep.run(tops, new Sweep.Visitor() {
            @Override
            public void file(Sweep.Found file) throws IOException {
                load(file);
            }

            @Override
            public void failed(String path, StoreException why) {
                fail(path, String.valueOf(why.getMessage()));
            }
        });
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("files", files.get());
        facts.put("bytes", bytes.get());
        facts.put("filesDone", filesDone.get());
        facts.put("bytesDone", bytesDone.get());
        facts.put("filesFailed", filesFailed.get());
        synchronized (failures) {
            facts.put("failures", List.copyOf(failures));
        }
        return facts;
    }

    private void load(Sweep.Found file) throws IOException {
        Blob blob = file.blob();
        if (blob != null) {
            try (BufferPool.Buffer buffer = buffer()) {
                for (long at = 0; at < blob.sizeBytes(); at += BLOCK_BYTES) {
                    int length = (int) Math.min(BLOCK_BYTES, blob.sizeBytes() - at);
                    block(blob, at, length, buffer);
                    bytesDone.addAndGet(length);
                }
            } catch (InterruptedIOException e) {
                throw e;
            } catch (IOException e) {
                fail(file.path(), String.valueOf(e.getMessage()));
                return;
            }
        }
        filesDone.incrementAndGet();
    }

    private BufferPool.Buffer buffer() throws IOException {
        try {
            BufferPool.Buffer buffer = null;
            while (buffer == null) {
                buffer = buffers.acquire(BLOCK_BYTES, Duration.ofSeconds(1).toMillis());
            }
            return buffer;
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    private static InterruptedIOException interrupted() {
        Thread.currentThread().interrupt();
        return new InterruptedIOException("interrupted; run it again to go on");
    }

    private void block(Blob blob, long at, int length, BufferPool.Buffer buffer) throws IOException {
        for (Duration pause : PAUSES) {
            try {
                origin.read(blob, at, buffer.segment(), 0, length);
                return;
            } catch (InterruptedIOException e) {
                throw e;
            } catch (IOException e) {
                log.debug("{} at {}: {}", blob.key(), at, e.getMessage());
            }
            try {
                Thread.sleep(pause);
            } catch (InterruptedException e) {
                throw interrupted();
            }
        }
        origin.read(blob, at, buffer.segment(), 0, length);
    }

    private void fail(String path, String why) {
        filesFailed.incrementAndGet();
        log.error("{}: {}", path, why);
        synchronized (failures) {
            if (failures.size() < FAILURES_NAMED) {
                failures.add(path + ": " + why);
            }
        }
    }

    private DaemonReport report() {
        long doneBytes = bytesDone.get();
        long passedNs = System.nanoTime() - rateSinceNs;
        if (passedNs >= RATE.toNanos()) {
            bytesPerSecond = (long) ((doneBytes - rateSinceBytes) / (passedNs / 1e9));
            rateSinceNs += passedNs;
            rateSinceBytes = doneBytes;
        }
        List<String> named;
        synchronized (failures) {
            named = List.copyOf(failures);
        }
        return pod.bare(null)
                .withProgress(new DaemonReport.WorkProgress(
                        doneBytes,
                        counted ? bytes.get() : null,
                        filesDone.get(),
                        counted ? files.get() : null,
                        filesFailed.get(),
                        bytesPerSecond,
                        named));
    }

    @Override
    public void close() {
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) {
                // The rest must be closed all the same.
                log.warn("while closing: {}", e.getMessage());
            }
        }
        removeListings();
    }

    private void removeListings() {
        try (Stream<Path> all = Files.walk(listings)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException | UncheckedIOException e) {
            log.warn("{} is left behind: {}", listings, e.getMessage());
        }
    }
}
