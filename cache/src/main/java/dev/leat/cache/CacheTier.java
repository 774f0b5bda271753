package dev.leat.cache;

import dev.leat.store.Blob;
import dev.leat.store.BlobId;
import dev.leat.sys.Fs;
import dev.leat.sys.FsStat;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One tier: a medium and its directories. A blob lies in one directory, chosen by weighted rendezvous hashing of its id
 * over those in service, so that a failing disk moves only what lay on it.
 */
final class CacheTier implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CacheTier.class);

    private final Medium medium;
    private final CacheStats.Hits hits;
    private final CacheDirectory[] directories;
    private final double[] weights;

    private CacheTier(Medium medium, CacheStats.Hits hits, List<CacheDirectory> directories) {
        this.medium = medium;
        this.hits = hits;
        this.directories = directories.toArray(CacheDirectory[]::new);
        this.weights =
                directories.stream().mapToDouble(d -> d.spec.quotaBytes()).toArray();
    }

    /**
     * Opens a tier. A directory that cannot be used is left out and said so; a tier must have one that can.
     *
     * @throws IOException if none can
     */
    static CacheTier open(
            TierSpec spec, String volume, Writers writers, CacheStats stats, CacheClock clock, String bootId)
            throws IOException {
        List<Path> usable = new ArrayList<>();
        List<FsStat> rooms = new ArrayList<>();
        IOException failure = null;
        for (Path path : spec.directories()) {
            try {
                Files.createDirectories(path);
                rooms.add(Fs.statfs(path));
                usable.add(path);
            } catch (IOException e) {
                failure = leftOut(path, e, stats, failure);
            }
        }
        double room = rooms.stream().mapToDouble(FsStat::totalBytes).sum();
        List<CacheDirectory> open = new ArrayList<>();
        for (int i = 0; i < usable.size(); i++) {
            try {
                boolean memory = rooms.get(i).type() == FsStat.TMPFS;
                double share = room == 0 ? 1.0 / usable.size() : rooms.get(i).totalBytes() / room;
                open.add(directory(
                        usable.get(i), DirectorySpec.of(spec, share, volume, memory), writers, stats, clock, bootId));
            } catch (IOException e) {
                failure = leftOut(usable.get(i), e, stats, failure);
            }
        }
        if (open.isEmpty()) {
            throw failure == null ? new IOException("cache tier without directories") : failure;
        }
        return new CacheTier(spec.medium(), stats.hits(spec.medium()), open);
    }

    private static CacheDirectory directory(
            Path path, DirectorySpec spec, Writers writers, CacheStats stats, CacheClock clock, String bootId)
            throws IOException {
        FolderLock folder = FolderLock.take(path, spec.volume());
        boolean done = false;
        try {
            CacheDirectory directory = new CacheDirectory(folder, spec, writers, stats, clock, bootId);
            done = true;
            return directory;
        } finally {
            if (!done) {
                folder.close();
            }
        }
    }

    private static IOException leftOut(Path path, IOException e, CacheStats stats, @Nullable IOException first) {
        stats.diskFailures.increment();
        LOG.error("cache directory {} cannot be used ({}); the mount goes on without it", path, e.toString());
        return first == null
                ? new IOException(
                        "cache directory " + path + " cannot be used: " + e.getMessage()
                                + "; give a writable directory with --cache-dir",
                        e)
                : first;
    }

    Medium medium() {
        return medium;
    }

    CacheStats.Hits hits() {
        return hits;
    }

    CacheDirectory[] directories() {
        return directories;
    }

    private @Nullable CacheDirectory of(BlobId id) {
        if (directories.length == 1) {
            return directories[0];
        }
        CacheDirectory best = null;
        double highest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < directories.length; i++) {
            if (directories[i].failure() != null) {
                continue;
            }
            long h = ReusePolicy.key(id.session(), id.sequence(), 0x5eed + i);
            double uniform = ((h >>> 11) + 0.5) * 0x1.0p-53;
            double score = -weights[i] / Math.log(uniform);
            if (score > highest) {
                highest = score;
                best = directories[i];
            }
        }
        return best;
    }

    CacheDirectory.Found read(Blob blob, long offset, MemorySegment to, long toOffset, int length, boolean wait) {
        CacheDirectory directory = of(blob.id());
        return directory == null ? CacheDirectory.Found.MISS : directory.read(blob, offset, to, toOffset, length, wait);
    }

    boolean fill(Blob blob, long offset, MemorySegment from, long fromOffset, int length, Admission admission) {
        CacheDirectory directory = of(blob.id());
        return directory != null && directory.fill(blob, offset, from, fromOffset, length, admission);
    }

    int nextPage(Blob blob, int block, int firstPage, int endPage, boolean wanted) {
        CacheDirectory directory = of(blob.id());
        return directory == null
                ? (wanted ? endPage : firstPage)
                : directory.nextPage(blob, block, firstPage, endPage, wanted);
    }

    long cachedBytes(Blob blob, long offset, int length) {
        CacheDirectory directory = of(blob.id());
        return directory == null ? 0 : directory.cachedBytes(blob, offset, length);
    }

    @Nullable
    Loan lend(Blob blob, Loan.Taker taker, @Nullable Path keeper) throws IOException {
        CacheDirectory directory = of(blob.id());
        return directory == null ? null : directory.lending.lend(blob, taker, keeper);
    }

    @Nullable
    Loan lendPadded(Blob blob) throws IOException {
        CacheDirectory directory = of(blob.id());
        return directory == null ? null : directory.lending.lendPadded(blob);
    }

    void evict(BlobId blob) {
        for (CacheDirectory directory : directories) {
            directory.evict(blob);
        }
    }

    void pin(Blob blob, boolean pinned) {
        for (CacheDirectory directory : directories) {
            directory.pin(blob, pinned);
        }
    }

    @Override
    public void close() {
        for (CacheDirectory directory : directories) {
            directory.close();
        }
    }
}
