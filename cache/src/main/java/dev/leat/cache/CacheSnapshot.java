package dev.leat.cache;

import java.util.List;

/**
 * The counters of a cache at one moment. They count since it was opened, except the sizes, which are as of now.
 *
 * @param tiers hits by tier
 * @param directories what each directory holds
 * @param misses requests that a fetch had to serve
 * @param missBytes bytes of them
 * @param fetches reads of the store (or of whatever the cache stands before)
 * @param fetchedBytes bytes of them
 * @param fetchFailures those that failed
 * @param fills ranges kept
 * @param filledBytes bytes kept
 * @param passedBy ranges served or offered but not kept, for want of room that they were allowed to take
 * @param passedByBytes bytes of them
 * @param evictions units evicted
 * @param evictedBytes bytes evicted
 * @param suspectPages pages checked after a power loss
 * @param scrubbedBytes bytes read to see whether they are as they were written
 * @param corruptPages pages that were not as written, and dropped
 * @param diskFailures directories taken out of service
 * @param prefetchedBytes bytes fetched ahead
 * @param prefetchWastedBytes bytes fetched ahead and evicted before anybody read them
 * @param prefetchRefused prefetches not made for want of memory or request slots
 * @param pool the buffers
 */
public record CacheSnapshot(
        List<Tier> tiers,
        List<Directory> directories,
        long misses,
        long missBytes,
        long fetches,
        long fetchedBytes,
        long fetchFailures,
        long fills,
        long filledBytes,
        long passedBy,
        long passedByBytes,
        long evictions,
        long evictedBytes,
        long suspectPages,
        long scrubbedBytes,
        long corruptPages,
        long diskFailures,
        long prefetchedBytes,
        long prefetchWastedBytes,
        long prefetchRefused,
        BufferPool.Usage pool) {

    /** Hits of one medium: requests and bytes. */
    public record Tier(Medium medium, long hits, long hitBytes) {}

    /**
     * One directory.
     *
     * @param folder the locked subfolder in use
     * @param usedBytes bytes of the quota that what is held takes: a shared file's group counts whole
     * @param heldBytes bytes of blobs that are held
     * @param allocatedBytes bytes taken on the disk, also by what was evicted and not yet given back or written over
     * @param quotaBytes most of them
     * @param lentBytes bytes that the kernel reads by itself at present and that cannot be evicted
     * @param inodes files in it
     * @param inodesMax most of them
     * @param failure why it is out of service; empty while it serves
     */
    public record Directory(
            Medium medium,
            String folder,
            long usedBytes,
            long heldBytes,
            long allocatedBytes,
            long quotaBytes,
            long lentBytes,
            long inodes,
            long inodesMax,
            String failure) {}

    static CacheSnapshot of(CacheStats stats, List<CacheTier> tiers, BufferPool pool) {
        List<Tier> byTier = tiers.stream()
                .map(t -> new Tier(
                        t.medium(), t.hits().requests.sum(), t.hits().bytes.sum()))
                .toList();
        List<Directory> directories = tiers.stream()
                .flatMap(t -> List.of(t.directories()).stream())
                .map(CacheSnapshot::directory)
                .toList();
        return new CacheSnapshot(
                byTier,
                directories,
                stats.misses.sum(),
                stats.missBytes.sum(),
                stats.fetches.sum(),
                stats.fetchedBytes.sum(),
                stats.fetchFailures.sum(),
                stats.fills.sum(),
                stats.filledBytes.sum(),
                stats.passedBy.sum(),
                stats.passedByBytes.sum(),
                stats.evictions.sum(),
                stats.evictedBytes.sum(),
                stats.suspectPages.sum(),
                stats.scrubbedBytes.sum(),
                stats.corruptPages.sum(),
                stats.diskFailures.sum(),
                stats.prefetchedBytes.sum(),
                stats.prefetchWastedBytes.sum(),
                stats.prefetchRefused.sum(),
                pool.usage());
    }

    private static Directory directory(CacheDirectory d) {
        String failure = d.failure();
        return new Directory(
                d.spec.medium(),
                d.folder().path().toString(),
                d.usedBytes(),
                d.heldBytes(),
                d.units.allocatedBytes(),
                d.spec.quotaBytes(),
                d.lending.lentBytes(),
                d.inodes(),
                d.spec.inodesMax(),
                failure == null ? "" : failure);
    }
}
