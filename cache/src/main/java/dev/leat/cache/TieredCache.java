package dev.leat.cache;

import dev.leat.store.Blob;
import dev.leat.store.BlobId;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The chain of tiers before an origin. A hit is copied from the first tier that has all of it; a miss is fetched once,
 * however many ask ({@link Fetcher}), handed to whoever waits, and then kept in the tiers.
 */
public final class TieredCache implements BlobCache {
    private static final int ATTEMPTS = 3;

    private final List<CacheTier> tiers;
    private final CacheTier[] chain;
    private final Fetcher fetcher;
    private final BufferPool pool;
    private final CacheStats stats;
    private @Nullable Scrubber scrubber; // guarded by this

    TieredCache(
            List<CacheTier> tiers,
            BlobSource origin,
            BufferPool pool,
            Writers writers,
            CacheStats stats,
            CacheClock clock) {
        this.tiers = List.copyOf(tiers);
        this.chain = tiers.toArray(CacheTier[]::new);
        this.pool = pool;
        this.stats = stats;
        this.fetcher = new Fetcher(this.tiers, origin, pool, writers, stats, clock);
    }

    @Override
    public boolean tryRead(Blob blob, long offset, MemorySegment destination, long destinationOffset, int lengthBytes) {
        int done = 0;
        while (done < lengthBytes) {
            int piece = Math.min(lengthBytes - done, Geometry.BLOCK_BYTES - Geometry.inBlock(offset + done));
            if (!tryPiece(blob, offset + done, destination, destinationOffset + done, piece)) {
                return false;
            }
            done += piece;
        }
        return true;
    }

    private boolean tryPiece(Blob blob, long offset, MemorySegment to, long toOffset, int length) {
        for (CacheTier tier : chain) {
            if (tier.read(blob, offset, to, toOffset, length, false) == CacheDirectory.Found.HIT) {
                tier.hits().add(length);
                return true;
            }
        }
        return false;
    }

    @Override
    public void read(Blob blob, long offset, MemorySegment destination, long destinationOffset, int lengthBytes)
            throws IOException {
        check(blob, offset, lengthBytes);
        int first = Math.min(lengthBytes, Geometry.BLOCK_BYTES - Geometry.inBlock(offset));
        if (first < lengthBytes) {
            // The later blocks come at the same time as the first one.
            fetcher.prefetch(blob, offset + first, lengthBytes - first);
        }
        int done = 0;
        while (done < lengthBytes) {
            int piece = Math.min(lengthBytes - done, Geometry.BLOCK_BYTES - Geometry.inBlock(offset + done));
            readPiece(blob, offset + done, destination, destinationOffset + done, piece);
            done += piece;
        }
    }

    private void readPiece(Blob blob, long offset, MemorySegment to, long toOffset, int length) throws IOException {
        boolean block = false;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            if (hit(blob, offset, to, toOffset, length)) {
                return;
            }
            if (attempt == 0) {
                block = fetcher.wantsBlock(blob, offset, length);
            }
            if (fetcher.fetch(blob, offset, to, toOffset, length, block)) {
                stats.misses.increment();
                stats.missBytes.add(length);
                return;
            }
        }
        fetcher.pass(blob, offset, to, toOffset, length);
        stats.misses.increment();
        stats.missBytes.add(length);
    }

    private boolean hit(Blob blob, long offset, MemorySegment to, long toOffset, int length) {
        for (int i = 0; i < chain.length; i++) {
            if (chain[i].read(blob, offset, to, toOffset, length, true) == CacheDirectory.Found.HIT) {
                chain[i].hits().add(length);
                if (i > 0) {
                    fetcher.promote(blob, offset, length, i);
                }
                return true;
            }
        }
        return false;
    }

    private static void check(Blob blob, long offset, long length) {
        if (offset < 0 || length < 0 || offset > blob.sizeBytes() - length) {
            throw new IndexOutOfBoundsException(
                    "range " + offset + " + " + length + " of a blob of " + blob.sizeBytes() + " bytes");
        }
    }

    @Override
    public void prefetch(Blob blob, long offset, long lengthBytes) {
        check(blob, offset, lengthBytes);
        fetcher.prefetch(blob, offset, lengthBytes);
    }

    @Override
    public void fill(Blob blob, long offset, MemorySegment source, long sourceOffset, int lengthBytes) {
        check(blob, offset, lengthBytes);
        int page = 1 << Geometry.pageShift(blob.sizeBytes());
        long start = (offset + page - 1) & -page;
        long end = offset + lengthBytes;
        if (end < blob.sizeBytes()) {
            end &= -page;
        }
        while (start < end) {
            int piece = (int) Math.min(end - start, Geometry.BLOCK_BYTES - Geometry.inBlock(start));
            stats.broughtBytes.add(piece);
            fetcher.keep(blob, start, source, sourceOffset + (start - offset), piece, Admission.DEMAND);
            start += piece;
        }
    }

    @Override
    public long cachedBytes(Blob blob) {
        return cachedBytes(blob, 0, blob.sizeBytes());
    }

    /** {@inheritDoc} With several tiers, of each block what the tier with the most of it has. */
    @Override
    public long cachedBytes(Blob blob, long offset, long lengthBytes) {
        check(blob, offset, lengthBytes);
        long sum = 0;
        long at = offset;
        while (at < offset + lengthBytes) {
            int piece = (int) Math.min(offset + lengthBytes - at, Geometry.BLOCK_BYTES - Geometry.inBlock(at));
            long most = 0;
            for (CacheTier tier : chain) {
                most = Math.max(most, tier.cachedBytes(blob, at, piece));
            }
            sum += most;
            at += piece;
        }
        return sum;
    }

    @Override
    public @Nullable Loan lend(Blob blob, Loan.Taker taker) throws IOException {
        return lend(blob, taker, null);
    }

    @Override
    public @Nullable Loan lendAlone(Blob blob, Path keeper, Loan.Taker taker) throws IOException {
        return lend(blob, taker, keeper);
    }

    private @Nullable Loan lend(Blob blob, Loan.Taker taker, @Nullable Path keeper) throws IOException {
        for (CacheTier tier : chain) {
            Loan loan = tier.lend(blob, taker, keeper);
            if (loan != null) {
                return loan;
            }
        }
        return null;
    }

    @Override
    public @Nullable Loan lendPadded(Blob blob) throws IOException {
        for (CacheTier tier : chain) {
            Loan loan = tier.lendPadded(blob);
            if (loan != null) {
                return loan;
            }
        }
        return null;
    }

    @Override
    public void pin(Blob blob, boolean pinned) {
        tiers.forEach(t -> t.pin(blob, pinned));
    }

    @Override
    public void evict(BlobId blob) {
        tiers.forEach(t -> t.evict(blob));
    }

    @Override
    public long warm(Blob blob, long offset, long lengthBytes) throws IOException {
        check(blob, offset, lengthBytes);
        return fetcher.warm(blob, offset, lengthBytes);
    }

    /** The counters as of now. */
    public CacheSnapshot stats() {
        return CacheSnapshot.of(stats, tiers, pool);
    }

    /**
     * Reads what lies on disks from now on, over and over, and forgets what is not as it was written.
     *
     * @param bytesPerSecond how fast, above 0
     */
    public synchronized void scrub(long bytesPerSecond) {
        if (scrubber == null) {
            scrubber = scrubberAt(bytesPerSecond);
            scrubber.start();
        }
    }

    /** What lies in memory is left out: nothing there rots, and everything there is read often. */
    Scrubber scrubberAt(long bytesPerSecond) {
        List<CacheDirectory> disks = tiers.stream()
                .flatMap(tier -> Stream.of(tier.directories()))
                .filter(directory -> !directory.spec.memory())
                .toList();
        return new Scrubber(disks, bytesPerSecond);
    }

    private synchronized @Nullable Scrubber scrubber() {
        return scrubber;
    }

    /** Does the background work of all directories now rather than soon: sync, eviction, giving space back. */
    void settle() {
        for (CacheTier tier : tiers) {
            for (CacheDirectory directory : tier.directories()) {
                directory.settle();
            }
        }
    }

    List<CacheTier> tiers() {
        return tiers;
    }

    @Override
    public void close() {
        Scrubber running = scrubber();
        if (running != null) {
            running.close();
        }
        fetcher.close();
        tiers.forEach(CacheTier::close);
    }
}
