package dev.leat.cli.mount;

import dev.leat.cache.BufferPool;
import dev.leat.cache.CacheSnapshot;
import dev.leat.cache.TieredCache;
import dev.leat.fuse.session.FuseSession;
import dev.leat.fuse.session.OpStats;
import dev.leat.store.StoreMetrics;
import dev.leat.vfs.VfsStats;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The counters of a mount, from the kernel down to the store. Names say the unit; what only grows ends in {@code _total},
 * as Prometheus has it.
 */
final class Statistics {
    private final MountParts parts;
    private final FuseSession session;

    Statistics(MountParts parts, FuseSession session) {
        this.parts = parts;
        this.session = session;
    }

    /** Every counter now, by its Prometheus name with labels. */
    Map<String, @Nullable Object> samples() {
        Map<String, @Nullable Object> samples = new LinkedHashMap<>();
        for (OpStats op : session.stats()) {
            if (op.count() > 0) {
                String label = "{op=\"" + op.name().toLowerCase(Locale.ROOT) + "\"}";
                samples.put("leat_fuse_requests_total" + label, op.count());
                samples.put("leat_fuse_request_errors_total" + label, op.errors());
                samples.put("leat_fuse_request_seconds_total" + label, op.nanos() / 1e9);
            }
        }
        samples.put("leat_fuse_requests_in_flight", session.inFlight());
        VfsStats vfs = parts.vfs().stats();
        samples.put("leat_open_files", vfs.files());
        samples.put("leat_open_directories", vfs.directories());
        samples.put("leat_unpublished_bytes", vfs.unpublishedBytes());
        samples.put("leat_meta_feed_fresh", parts.meta().feedFresh() ? 1 : 0);
        BufferPool.Usage memory = parts.buffers().usage();
        samples.put("leat_memory_limit_bytes", memory.limitBytes());
        samples.put("leat_memory_used_bytes", memory.usedBytes());
        samples.put("leat_memory_peak_bytes", memory.peakBytes());
        if (parts.cache() instanceof TieredCache tiered) {
            cache(tiered.stats(), samples);
        }
        store(parts.store().metered().metrics(), samples);
        return samples;
    }

    private static void cache(CacheSnapshot cache, Map<String, @Nullable Object> samples) {
        for (CacheSnapshot.Tier tier : cache.tiers()) {
            String label = "{tier=\"" + tier.medium() + "\"}";
            samples.put("leat_cache_hits_total" + label, tier.hits());
            samples.put("leat_cache_hit_bytes_total" + label, tier.hitBytes());
        }
        samples.put("leat_cache_misses_total", cache.misses());
        samples.put("leat_cache_miss_bytes_total", cache.missBytes());
        samples.put("leat_cache_fetches_total", cache.fetches());
        samples.put("leat_cache_fetched_bytes_total", cache.fetchedBytes());
        samples.put("leat_cache_fetch_failures_total", cache.fetchFailures());
        samples.put("leat_cache_filled_bytes_total", cache.filledBytes());
        samples.put("leat_cache_passed_by_bytes_total", cache.passedByBytes());
        samples.put("leat_cache_evicted_bytes_total", cache.evictedBytes());
        samples.put("leat_cache_corrupt_pages_total", cache.corruptPages());
        samples.put("leat_cache_disk_failures_total", cache.diskFailures());
        samples.put("leat_cache_prefetched_bytes_total", cache.prefetchedBytes());
        samples.put("leat_cache_prefetch_wasted_bytes_total", cache.prefetchWastedBytes());
        for (CacheSnapshot.Directory directory : cache.directories()) {
            String folder = directory.folder().replace("\\", "\\\\").replace("\"", "\\\"");
            String label = "{tier=\"" + directory.medium() + "\",folder=\"" + folder + "\"}";
            samples.put("leat_cache_used_bytes" + label, directory.usedBytes());
            samples.put("leat_cache_allocated_bytes" + label, directory.allocatedBytes());
            samples.put("leat_cache_quota_bytes" + label, directory.quotaBytes());
            samples.put("leat_cache_files" + label, directory.inodes());
        }
    }

    private static void store(StoreMetrics store, Map<String, @Nullable Object> samples) {
        store.operations().forEach((operation, counts) -> {
            String name = operation.name().toLowerCase(Locale.ROOT);
            String label = "{op=\"" + name + "\"}";
            samples.put("leat_store_requests_total" + label, counts.requests());
            samples.put("leat_store_bytes_total" + label, counts.bytes());
            samples.put("leat_store_request_seconds_total" + label, counts.totalNs() / 1e9);
            counts.failures()
                    .forEach((kind, count) -> samples.put(
                            "leat_store_failures_total{op=\"" + name + "\",kind=\""
                                    + kind.name().toLowerCase(Locale.ROOT) + "\"}",
                            count));
        });
        samples.put("leat_store_requests_in_flight", store.inFlight());
    }

    /** The counters in Prometheus' text format. */
    String text() {
        StringBuilder text = new StringBuilder();
        samples()
                .forEach((name, value) ->
                        text.append(name).append(' ').append(value).append('\n'));
        return text.toString();
    }
}
