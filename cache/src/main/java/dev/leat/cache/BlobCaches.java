package dev.leat.cache;

import dev.leat.store.blob.BlobStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Where caches are put together: tiers in the order of their media, and behind them whatever has all bytes. */
public final class BlobCaches {
    /** A quarter of all buffers may wait for a disk before that is too much: reading ahead ends when half of them are in use. */
    private static final int BEHIND_SHARE = 4;

    private BlobCaches() {}

    /**
     * Opens a cache in front of a store.
     *
     * @param volume id and incarnation of the volume, at most 500 bytes; bytes found under another name are not used
     * @param tiers what to keep bytes in; may be empty, then each read goes to the store
     * @param pool buffers, shared with the rest of the mount; not closed with the cache
     * @throws IOException if a tier has no directory that can be used
     */
    public static TieredCache open(String volume, List<TierSpec> tiers, BlobStore store, BufferPool pool)
            throws IOException {
        return open(volume, tiers, new StoreSource(store), pool);
    }

    /** As above, in front of any source: peers that end at a store, for instance. */
    public static TieredCache open(String volume, List<TierSpec> tiers, BlobSource origin, BufferPool pool)
            throws IOException {
        return open(volume, tiers, origin, pool, bootId());
    }

    static TieredCache open(String volume, List<TierSpec> tiers, BlobSource origin, BufferPool pool, String bootId)
            throws IOException {
        CacheStats stats = new CacheStats();
        CacheClock clock = new CacheClock(stats);
        List<TierSpec> ordered =
                tiers.stream().sorted(Comparator.comparing(TierSpec::medium)).toList();
        List<CacheTier> open = new ArrayList<>();
        Writers writers = new Writers(pool.limitBytes() / BEHIND_SHARE);
        boolean done = false;
        try {
            for (TierSpec spec : ordered) {
                open.add(CacheTier.open(spec, volume, writers, stats, clock, bootId));
            }
            TieredCache cache = new TieredCache(open, origin, pool, writers, stats, clock);
            done = true;
            return cache;
        } finally {
            if (!done) {
                open.forEach(CacheTier::close);
                writers.close();
            }
        }
    }

    /** Names the run of the kernel: after another one, what was not synced is gone. */
    private static String bootId() throws IOException {
        return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    }
}
