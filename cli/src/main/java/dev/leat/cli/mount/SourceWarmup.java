package dev.leat.cli.mount;

import dev.leat.cache.BufferPool;
import dev.leat.cache.CacheSnapshot;
import dev.leat.cache.TieredCache;
import dev.leat.cli.CliException;
import dev.leat.cli.control.ControlServer;
import dev.leat.cli.control.PacedProgress;
import dev.leat.dataset.read.SealedSweep;
import dev.leat.dataset.read.Sweep;
import dev.leat.dataset.tree.Node;
import dev.leat.store.Blob;
import dev.leat.store.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Brings data in place, or of a sealed version, into the cache ahead of need, or tells how much of it is there, or pins or evicts it. At first all is looked at,
 * which tells what is to be fetched, by how many requests, and whether it fits; then the files are fetched in the order of
 * their names, many small ones or the parts of a few large ones at a time. A file that cannot be had is counted and named, and
 * the rest goes on.
 */
final class SourceWarmup implements WarmupRun {
    private static final int THREADS_MAX = 256;

    /** Small objects wait for the source, not for us. */
    private static final int THREADS = 64;

    /** A request for data asks for at most this much. */
    private static final long BLOCK_BYTES = 4L << 20;

    /** What is fetched at a time is counted in such units. */
    private static final int UNIT_BYTES = 256 << 10;

    /** As many blocks of one file come at a time. */
    private static final int BLOCKS_AT_A_TIME = 8;

    private static final int FAILURES_NAMED = 20;

    /** So many files one after the other, and the source is taken to be away. */
    private static final int FAILURES_MAX = 100;

    /** What is done with the files. */
    enum Action {
        FETCH,
        CHECK,
        EVICT,
        PIN,
        UNPIN
    }

    private final Files those;
    private final TieredCache cache;
    private final Action action;
    private final boolean onlyPlan;
    private final int threads;
    private final long endNs;
    private final boolean hasEnd;
    private final int units;
    private final Semaphore memory;
    private final Counter files = new Counter();
    private final AtomicLong cachedBytes = new AtomicLong();
    private final AtomicLong neededBytes = new AtomicLong();
    private final AtomicLong neededRequests = new AtomicLong();
    private final Counter done = new Counter();
    private final AtomicLong fetchedBytes = new AtomicLong();
    private final AtomicLong evictedBytes = new AtomicLong();
    private final Counter leftOut = new Counter();
    private final Counter notKept = new Counter();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong failedInARow = new AtomicLong();
    private final List<Object> failures = new ArrayList<>(); // guarded by this
    private final AtomicLong reserved = new AtomicLong();
    private volatile String phase = "look";
    private volatile long roomBytes;

    /** The files that are meant; the same ones each time. */
    interface Files {
        /** Visits them, {@code threads} at a time. */
        void visit(int threads, Sweep.Visitor visitor) throws IOException;
    }

    /** Files and their bytes. */
    private static final class Counter {
        private final AtomicLong files = new AtomicLong();
        private final AtomicLong bytes = new AtomicLong();

        void add(long more) {
            files.incrementAndGet();
            bytes.addAndGet(more);
        }
    }

    /**
     * Prepares it.
     *
     * @param arguments {@code action}; perhaps {@code threads}, {@code deadlineMs}, and {@code dryRun} to look only
     */
    SourceWarmup(Files those, TieredCache cache, BufferPool buffers, Map<?, ?> arguments) {
        this.those = those;
        this.cache = cache;
        this.action = Action.valueOf(String.valueOf(arguments.get("action")).toUpperCase(Locale.ROOT));
        this.onlyPlan = Boolean.TRUE.equals(arguments.get("dryRun"));
        this.threads = arguments.get("threads") instanceof Long count ? Math.clamp(count, 1, THREADS_MAX) : THREADS;
        this.hasEnd = arguments.get("deadlineMs") instanceof Long;
        this.endNs = System.nanoTime()
                + (arguments.get("deadlineMs") instanceof Long ms ? TimeUnit.MILLISECONDS.toNanos(ms) : 0);
        // Half of the buffers are left to readers.
        long bytes = buffers.usage().limitBytes() / 2;
        this.units = (int) Math.max(BLOCKS_AT_A_TIME * BLOCK_BYTES / UNIT_BYTES, bytes / UNIT_BYTES);
        this.memory = new Semaphore(units);
    }

    /** Of data in place; the {@code inodes} are the tops. */
    static SourceWarmup of(DatasetParts parts, Map<?, ?> arguments) {
        List<Object> inodes = list(arguments, "inodes");
        Files those = (threads, visitor) -> {
            List<Node> nodes = new ArrayList<>();
            for (Object top : inodes) {
                Node node = top instanceof Long ino ? parts.tree().byIno(ino) : null;
                if (node == null || node.isGone()) {
                    throw CliException.failed("one of the paths was removed or replaced meanwhile; try again");
                }
                nodes.add(node);
            }
            new Sweep(parts.tree(), parts.origin(), threads).run(nodes, visitor);
        };
        return new SourceWarmup(those, parts.cache(), parts.buffers(), arguments);
    }

    /** Of a sealed version; the {@code paths}, of which the root's is empty, are the tops. */
    static SourceWarmup of(VersionParts parts, Map<?, ?> arguments) {
        List<Integer> rows = new ArrayList<>();
        for (Object path : list(arguments, "paths")) {
            int row = parts.index().find(String.valueOf(path));
            if (row < 0) {
                throw CliException.failed(
                        "there is no " + path + " in " + parts.version().ref());
            }
            rows.add(row);
        }
        Files those = (threads, visitor) -> new SealedSweep(parts.index(), parts.origin(), threads).run(rows, visitor);
        return new SourceWarmup(those, parts.cache(), parts.buffers(), arguments);
    }

    private static List<Object> list(Map<?, ?> arguments, String name) {
        return arguments.get(name) instanceof List<?> all ? List.copyOf(all) : List.of();
    }

    @Override
    public Map<String, @Nullable Object> run(ControlServer.Progress progress) throws IOException {
        PacedProgress paced = new PacedProgress(progress);
        those.visit(threads, new Looker(paced));
        roomBytes = room();
        boolean acts = action != Action.CHECK && !onlyPlan;
        if (acts) {
            phase = action.name().toLowerCase(Locale.ROOT);
            failed.set(0);
            failedInARow.set(0);
            clearFailures();
            progress.report(facts());
            those.visit(threads, new Actor(paced));
        }
        phase = "done";
        return facts();
    }

    private synchronized void clearFailures() {
        failures.clear();
    }

    private synchronized void failed(String path, IOException why) throws IOException {
        failed.incrementAndGet();
        if (failures.size() < FAILURES_NAMED) {
            Map<String, Object> failure = new LinkedHashMap<>();
            failure.put("path", path);
            failure.put("error", String.valueOf(why.getMessage()));
            failures.add(failure);
        }
        if (failedInARow.incrementAndGet() >= FAILURES_MAX) {
            throw new IOException(FAILURES_MAX + " files one after the other failed, the last because: "
                    + why.getMessage() + "; run it again to go on when the source is back");
        }
    }

    /** Most bytes that the cache can hold before it makes room again. */
    private long room() {
        long room = 0;
        for (CacheSnapshot.Directory directory : cache.stats().directories()) {
            room += directory.failure().isEmpty() ? directory.quotaBytes() : 0;
        }
        return room;
    }

    /** Counts what there is to do. */
    private final class Looker implements Sweep.Visitor {
        private final PacedProgress progress;

        Looker(PacedProgress progress) {
            this.progress = progress;
        }

        @Override
        public void file(Sweep.Found file) throws IOException {
            files.add(file.facts().sizeBytes());
            Blob blob = file.blob();
            if (blob != null) {
                long cached = cache.cachedBytes(blob);
                cachedBytes.addAndGet(cached);
                long missing = blob.sizeBytes() - cached;
                neededBytes.addAndGet(missing);
                neededRequests.addAndGet((missing + BLOCK_BYTES - 1) / BLOCK_BYTES);
            }
            failedInARow.set(0);
            progress.report(SourceWarmup.this::facts);
        }

        @Override
        public void failed(String path, StoreException why) throws IOException {
            SourceWarmup.this.failed(path, why);
        }
    }

    /** Does it. */
    private final class Actor implements Sweep.Visitor {
        private final PacedProgress progress;

        Actor(PacedProgress progress) {
            this.progress = progress;
        }

        @Override
        public void failed(String path, StoreException why) throws IOException {
            SourceWarmup.this.failed(path, why);
        }

        @Override
        public void file(Sweep.Found file) throws IOException {
            Blob blob = file.blob();
            try {
                if (blob != null) {
                    act(blob);
                }
                done.add(file.facts().sizeBytes());
                failedInARow.set(0);
            } catch (StoreException e) {
                SourceWarmup.this.failed(file.path(), e);
            }
            progress.report(SourceWarmup.this::facts);
        }

        private void act(Blob blob) throws IOException {
            switch (action) {
                case FETCH -> fetch(blob, false);
                case PIN -> fetch(blob, true);
                case UNPIN -> cache.pin(blob, false);
                case EVICT -> {
                    evictedBytes.addAndGet(cache.cachedBytes(blob));
                    cache.evict(blob.id());
                }
                case CHECK -> {}
            }
        }
    }

    private void fetch(Blob blob, boolean pinned) throws IOException {
        boolean late = hasEnd && System.nanoTime() - endNs >= 0;
        // The first ones stay: what came before must not give way to what comes behind it.
        boolean fits = reserved.addAndGet(blob.sizeBytes()) <= roomBytes;
        if (late || !fits) {
            leftOut.add(blob.sizeBytes());
            return;
        }
        if (pinned) {
            cache.pin(blob, true);
        }
        if (cache.cachedBytes(blob) == blob.sizeBytes()) {
            return;
        }
        int needed = (int) Math.clamp(
                (blob.sizeBytes() + UNIT_BYTES - 1) / UNIT_BYTES,
                1,
                Math.min(units, BLOCKS_AT_A_TIME * BLOCK_BYTES / UNIT_BYTES));
        try {
            memory.acquire(needed);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted; run it again to go on", e);
        }
        try {
            long fetched = cache.warm(blob, 0, blob.sizeBytes());
            fetchedBytes.addAndGet(fetched);
            long missing = blob.sizeBytes() - cache.cachedBytes(blob);
            if (missing > 0) {
                notKept.add(missing);
            }
        } finally {
            memory.release(needed);
        }
    }

    @Override
    public Map<String, @Nullable Object> facts() {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("action", action.name().toLowerCase(Locale.ROOT));
        facts.put("phase", phase);
        facts.put("files", files.files.get());
        facts.put("bytes", files.bytes.get());
        facts.put("filesDone", done.files.get());
        facts.put("bytesDone", done.bytes.get());
        facts.put("storedBytes", files.bytes.get());
        boolean over = phase.equals("done") && action != Action.CHECK && !onlyPlan;
        long cached = cachedBytes.get() + fetchedBytes.get() - notKept.bytes.get() - evictedBytes.get();
        facts.put("cachedBytes", over ? Math.max(0, cached) : cachedBytes.get());
        facts.put("neededBytes", neededBytes.get());
        facts.put("neededRequests", neededRequests.get());
        facts.put("roomBytes", roomBytes);
        facts.put("fetchedBytes", fetchedBytes.get());
        facts.put("paddingBytes", 0L);
        facts.put("evictedBytes", evictedBytes.get());
        facts.put("leftOutFiles", leftOut.files.get());
        facts.put("leftOutBytes", leftOut.bytes.get());
        facts.put("notKeptFiles", notKept.files.get());
        facts.put("notKeptBytes", notKept.bytes.get());
        facts.put("failedFiles", failed.get());
        synchronized (this) {
            facts.put("failures", List.copyOf(failures));
        }
        return facts;
    }
}
