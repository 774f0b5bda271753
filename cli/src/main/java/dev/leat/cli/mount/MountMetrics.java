package dev.leat.cli.mount;

import dev.leat.cache.BufferPool;
import dev.leat.cache.CacheSnapshot;
import dev.leat.cache.TieredCache;
import dev.leat.cli.Version;
import dev.leat.cli.metrics.Metric;
import dev.leat.cli.metrics.Samples;
import dev.leat.cli.worker.Peers;
import dev.leat.fuse.session.FuseSession;
import dev.leat.fuse.session.OpStats;
import dev.leat.meta.content.CompactionReport;
import dev.leat.meta.engine.EngineMetrics;
import dev.leat.meta.fs.ClientHealth;
import dev.leat.store.HedgedStore;
import dev.leat.store.StoreMetrics;
import dev.leat.sys.meter.LatencyHistogram;
import dev.leat.vfs.PublishStats;
import dev.leat.vfs.VfsStats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;

/** Samples what every layer of a mount counts, from the kernel down to the store. */
public final class MountMetrics {
    private static final double NANOS_PER_SECOND = 1e9;

    /** The store's buckets, which are in microseconds. */
    private static final List<Long> STORE_BOUNDS_NANOS =
            StoreMetrics.BUCKETS_US.stream().map(us -> us * 1_000).toList();

    private final MountParts parts;
    private final FuseSession session;
    private final Path mountPoint;
    private final Instant started;
    private final Supplier<CompactionReport> compacted;
    private final String engine;
    private final String store;

    MountMetrics(
            MountParts parts,
            FuseSession session,
            Path mountPoint,
            Instant started,
            Supplier<CompactionReport> compacted) {
        this.parts = parts;
        this.session = session;
        this.mountPoint = mountPoint;
        this.started = started;
        this.compacted = compacted;
        this.engine = parts.engine().info().name();
        this.store = parts.store().store().location().startsWith("file:") ? "file" : "s3";
    }

    /** Everything now. */
    Samples samples() {
        Samples to = new Samples();
        to.info(Metric.BUILD, Version.text(), Runtime.version().toString());
        to.info(Metric.MOUNT, parts.volume().name(), engine, store, mountPoint.toString());
        to.add(Metric.UPTIME, seconds(Duration.between(started, Instant.now())));
        kernel(to, session);
        files(to, parts.vfs().stats());
        buffers(to, parts.buffers().usage());
        if (parts.cache() instanceof TieredCache tiered) {
            CacheSnapshot cache = tiered.stats();
            cache(to, cache);
            folders(to, cache.directories());
        }
        Peers.samples(to, parts.peers());
        compaction(to, compacted.get());
        store(to, store, parts.store().metered().metrics());
        to.add(Metric.STORE_RETRIES, parts.store().retrying().retries(), store);
        to.add(Metric.STORE_RETRIES_REFUSED, parts.store().retrying().refusedByBudget(), store);
        HedgedStore hedged = parts.store().hedged();
        if (hedged != null) {
            to.add(Metric.STORE_HEDGES, hedged.hedges(), store);
            to.add(Metric.STORE_HEDGES_WON, hedged.won(), store);
        }
        engine(to, parts.engine().metrics());
        health(to, parts.meta().health());
        to.add(Metric.PROCESS_RESIDENT, residentBytes());
        return to;
    }

    static void kernel(Samples to, FuseSession session) {
        long read = 0;
        long written = 0;
        for (OpStats op : session.stats()) {
            String name = lower(op.name());
            LatencyHistogram.Snapshot latency = op.latency();
            to.histogram(
                    Metric.FUSE_LATENCY, LatencyHistogram.BOUNDS_NANOS, latency.counts(), latency.totalNanos(), name);
            to.add(Metric.FUSE_ERRORS, op.errors(), name);
            read += op.name().equals("READ") ? op.bytes() : 0;
            written += op.name().equals("WRITE") ? op.bytes() : 0;
        }
        to.add(Metric.FUSE_READ_BYTES, read);
        to.add(Metric.FUSE_WRITTEN_BYTES, written);
        to.add(Metric.FUSE_IN_FLIGHT, session.inFlight());
    }

    private static void files(Samples to, VfsStats vfs) {
        to.add(Metric.OPEN_FILES, vfs.files());
        to.add(Metric.OPEN_DIRECTORIES, vfs.directories());
        vfs.opens().forEach((path, count) -> to.add(Metric.OPENS, count, lower(path.name())));
        to.add(Metric.OPEN_INODES, vfs.inodes());
        to.add(Metric.UNPUBLISHED_FILES, vfs.unpublishedFiles());
        to.add(Metric.UNPUBLISHED_BYTES, vfs.unpublishedBytes());
        to.add(Metric.UNPUBLISHED_SECONDS, vfs.unpublishedNanos() / NANOS_PER_SECOND);
        to.add(Metric.KEPT_ASIDE, vfs.aside().size());
        PublishStats published = vfs.published();
        to.add(Metric.PUBLICATIONS, published.files());
        to.add(Metric.PUBLICATION_FAILURES, published.failures());
        to.add(Metric.PACKS, published.packs());
        to.add(Metric.PACKED_FILES, published.packedFiles());
        to.add(Metric.PACKED_BYTES, published.packedBytes());
    }

    /** What buffers hold. */
    public static void buffers(Samples to, BufferPool.Usage memory) {
        to.add(Metric.BUFFER_USED, memory.usedBytes());
        to.add(Metric.BUFFER_RESERVED, memory.reservedBytes());
        to.add(Metric.BUFFER_LIMIT, memory.limitBytes());
        to.add(Metric.BUFFER_PEAK, memory.peakBytes());
        to.add(Metric.BUFFER_WAITS, memory.waits());
        to.add(Metric.BUFFER_REFUSALS, memory.refusals());
    }

    /** What a cache counts. */
    public static void cache(Samples to, CacheSnapshot cache) {
        // Tiers of one medium share their counters.
        for (CacheSnapshot.Tier tier : Set.copyOf(cache.tiers())) {
            to.add(Metric.CACHE_HITS, tier.hits(), lower(tier.medium().name()));
            to.add(Metric.CACHE_HIT_BYTES, tier.hitBytes(), lower(tier.medium().name()));
        }
        to.add(Metric.CACHE_MISSES, cache.misses());
        to.add(Metric.CACHE_MISS_BYTES, cache.missBytes());
        to.add(Metric.CACHE_FETCHES, cache.fetches());
        to.add(Metric.CACHE_FETCHED_BYTES, cache.fetchedBytes());
        to.add(Metric.CACHE_FETCH_FAILURES, cache.fetchFailures());
        to.add(Metric.CACHE_FILLS, cache.fills());
        to.add(Metric.CACHE_FILLED_BYTES, cache.filledBytes());
        to.add(Metric.CACHE_PASSED, cache.passedBy());
        to.add(Metric.CACHE_PASSED_BYTES, cache.passedByBytes());
        to.add(Metric.CACHE_EVICTIONS, cache.evictions());
        to.add(Metric.CACHE_EVICTED_BYTES, cache.evictedBytes());
        to.add(Metric.CACHE_SUSPECTS, cache.suspectPages());
        to.add(Metric.CACHE_SCRUBBED, cache.scrubbedBytes());
        to.add(Metric.CACHE_CORRUPT, cache.corruptPages());
        to.add(Metric.CACHE_DISK_FAILURES, cache.diskFailures());
        to.add(Metric.READ_AHEAD_BYTES, cache.prefetchedBytes());
        to.add(Metric.READ_AHEAD_WASTED, cache.prefetchWastedBytes());
        to.add(Metric.READ_AHEAD_REFUSED, cache.prefetchRefused());
    }

    /** What lies in the folders of a cache. */
    public static void folders(Samples to, List<CacheSnapshot.Directory> folders) {
        for (CacheSnapshot.Directory folder : folders) {
            String tier = lower(folder.medium().name());
            to.add(Metric.CACHE_USED, folder.usedBytes(), tier, folder.folder());
            to.add(Metric.CACHE_ALLOCATED, folder.allocatedBytes(), tier, folder.folder());
            to.add(Metric.CACHE_LIMIT, folder.quotaBytes(), tier, folder.folder());
            to.add(Metric.CACHE_LENT, folder.lentBytes(), tier, folder.folder());
            to.add(Metric.CACHE_FILES, folder.inodes(), tier, folder.folder());
            to.add(Metric.CACHE_FILES_LIMIT, folder.inodesMax(), tier, folder.folder());
            to.add(Metric.CACHE_OUT, folder.failure().isEmpty() ? 0 : 1, tier, folder.folder());
        }
    }

    private static void compaction(Samples to, CompactionReport done) {
        to.add(Metric.COMPACTED_EXTENTS, done.extentsBefore());
        to.add(Metric.COMPACTION_EXTENTS, done.extentsAfter());
        to.add(Metric.COMPACTION_OBJECTS, done.blobs());
        to.add(Metric.COMPACTION_BYTES, done.bytes());
    }

    /** Requests to a store or source. */
    public static void store(Samples to, String store, StoreMetrics metrics) {
        metrics.operations().forEach((operation, counts) -> {
            String name = lower(operation.name());
            to.histogram(Metric.STORE_LATENCY, STORE_BOUNDS_NANOS, counts.buckets(), counts.totalNs(), name, store);
            to.add(Metric.STORE_BYTES, counts.bytes(), name, store);
            counts.failures()
                    .forEach((kind, count) -> to.add(Metric.STORE_FAILURES, count, name, lower(kind.name()), store));
        });
        to.add(Metric.STORE_IN_FLIGHT, metrics.inFlight(), store);
    }

    private void engine(Samples to, EngineMetrics metrics) {
        metrics.calls().forEach((call, counts) -> {
            String name = lower(call.name());
            LatencyHistogram.Snapshot latency = counts.latency();
            to.histogram(
                    Metric.META_LATENCY,
                    LatencyHistogram.BOUNDS_NANOS,
                    latency.counts(),
                    latency.totalNanos(),
                    name,
                    engine);
            counts.failures()
                    .forEach((kind, count) -> to.add(Metric.META_FAILURES, count, name, lower(kind.name()), engine));
        });
        to.add(Metric.META_COMMITS, metrics.applied(), engine);
        to.add(Metric.META_CONFLICTS, metrics.conflicts(), engine);
        to.add(Metric.META_FENCED, metrics.fenced(), engine);
        to.add(Metric.FEED_EVENTS, metrics.feedEvents(), engine);
    }

    private static void health(Samples to, ClientHealth health) {
        to.add(Metric.FEED_FRESH, health.feedFresh() ? 1 : 0);
        to.add(Metric.FEED_LAG, seconds(health.feedSilence()));
        ClientHealth.Lease lease = health.lease();
        if (lease != null) {
            to.add(Metric.SESSION_ALIVE, lease.alive() ? 1 : 0);
            to.add(Metric.SESSION_LEASE, seconds(lease.length()));
            to.add(Metric.SESSION_SILENCE, seconds(lease.silence()));
        }
    }

    /** The daemon's resident memory, as the kernel tells it; 0 where it does not. */
    public static long residentBytes() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
                }
            }
        } catch (IOException e) {
            return 0;
        }
        return 0;
    }

    /** A time in seconds. */
    public static double seconds(Duration duration) {
        return duration.toNanos() / NANOS_PER_SECOND;
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }
}
