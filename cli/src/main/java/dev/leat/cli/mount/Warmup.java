package dev.leat.cli.mount;

import dev.leat.cache.BlobCache;
import dev.leat.cli.bench.Workers;
import dev.leat.cli.control.ControlServer;
import dev.leat.cli.control.PacedProgress;
import dev.leat.meta.fs.DirEntry;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.FileView;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.store.Blob;
import dev.leat.store.BlobId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Brings trees into the cache ahead of need, or tells how much of them is there, or pins or evicts them. Works directory by
 * directory, because small files that were written together lie together in a blob: their ranges are joined and fetched
 * at once. What is cached is not fetched again, so an interrupted run is resumed by another one.
 */
final class Warmup implements WarmupRun {
    private static final int THREADS_MAX = 256;

    /** What is done with the trees. */
    enum Action {
        FETCH,
        CHECK,
        EVICT,
        PIN,
        UNPIN
    }

    private final MetaFs meta;
    private final BlobCache cache;
    private final Action action;
    private final List<Long> tops;
    private final int threads;
    private final AtomicLong files = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong filesDone = new AtomicLong();
    private final AtomicLong bytesDone = new AtomicLong();
    private final AtomicLong storedBytes = new AtomicLong();
    private final AtomicLong cachedBytes = new AtomicLong();
    private final AtomicLong fetchedBytes = new AtomicLong();
    private final AtomicLong paddingBytes = new AtomicLong();
    private final AtomicLong evictedBytes = new AtomicLong();
    private final Set<BlobId> handled = ConcurrentHashMap.newKeySet();

    /**
     * Prepares it.
     *
     * @param arguments {@code action}, {@code threads}, and the {@code inodes} that are the tops of the trees
     */
    Warmup(MetaFs meta, BlobCache cache, Map<?, ?> arguments) {
        this.meta = meta;
        this.cache = cache;
        this.action = Action.valueOf(String.valueOf(arguments.get("action")).toUpperCase(Locale.ROOT));
        this.threads = arguments.get("threads") instanceof Long count ? Math.clamp(count, 1, THREADS_MAX) : 16;
        List<Long> inodes = new ArrayList<>();
        if (arguments.get("inodes") instanceof List<?> all) {
            all.forEach(one -> inodes.add(one instanceof Long inode ? inode : 0L));
        }
        this.tops = List.copyOf(inodes);
    }

    @Override
    public Map<String, @Nullable Object> run(ControlServer.Progress progress) throws IOException {
        PacedProgress paced = new PacedProgress(progress);
        try {
            FileWalk.of(meta, tops, rows -> {
                files.addAndGet(rows.size());
                bytes.addAndGet(rows.stream().mapToLong(Warmup::sizeBytes).sum());
            });
            FileWalk.of(meta, tops, page -> one(page, paced));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted; run it again to go on", e);
        }
        return facts();
    }

    @Override
    public Map<String, @Nullable Object> facts() {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("action", action.name().toLowerCase(Locale.ROOT));
        facts.put("files", files.get());
        facts.put("bytes", bytes.get());
        facts.put("filesDone", filesDone.get());
        facts.put("bytesDone", bytesDone.get());
        facts.put("storedBytes", storedBytes.get());
        facts.put("cachedBytes", cachedBytes.get());
        facts.put("fetchedBytes", fetchedBytes.get());
        facts.put("paddingBytes", paddingBytes.get());
        facts.put("evictedBytes", evictedBytes.get());
        return facts;
    }

    private static long sizeBytes(DirEntry row) {
        return row.attr() == null ? 0 : row.attr().sizeBytes();
    }

    private void one(List<DirEntry> page, PacedProgress progress) throws IOException, InterruptedException {
        List<WarmupPiece.Range> ranges = new ArrayList<>();
        Workers.each(page, Math.min(threads, Math.max(1, page.size())), row -> {
            List<WarmupPiece.Range> own = ranges(row.ino());
            synchronized (ranges) {
                ranges.addAll(own);
            }
            long stored = own.stream().mapToLong(WarmupPiece.Range::length).sum();
            filesDone.incrementAndGet();
            storedBytes.addAndGet(stored);
            // Holes and inline content need no fetching.
            bytesDone.addAndGet(Math.max(0, sizeBytes(row) - stored));
            progress.report(this::facts);
        });
        List<WarmupPiece> pieces = WarmupPiece.of(ranges);
        Workers.each(pieces, Math.min(threads, Math.max(1, pieces.size())), piece -> {
            act(piece);
            bytesDone.addAndGet(piece.fileBytes());
            progress.report(this::facts);
        });
    }

    private List<WarmupPiece.Range> ranges(long ino) throws FsException {
        List<WarmupPiece.Range> ranges = new ArrayList<>();
        try {
            FileView view = meta.view(ino);
            for (Extent extent : meta.extents(view, 0, view.attr().sizeBytes())) {
                Blob blob = new Blob(extent.blob(), meta.blobKey(extent.blob()), extent.blobSizeBytes(), null);
                ranges.add(new WarmupPiece.Range(blob, extent.blobOffset(), extent.lengthBytes()));
            }
        } catch (FsException e) {
            // Removed since it was listed: nothing to do.
            if (!e.isGone()) {
                throw e;
            }
        }
        return ranges;
    }

    private void act(WarmupPiece piece) throws IOException {
        Blob blob = piece.blob();
        switch (action) {
            case FETCH -> fetch(piece);
            case PIN -> {
                if (handled.add(blob.id())) {
                    cache.pin(blob, true);
                }
                fetch(piece);
            }
            case CHECK -> cachedBytes.addAndGet(cached(piece.wanted()));
            case UNPIN -> {
                if (handled.add(blob.id())) {
                    cache.pin(blob, false);
                }
                cachedBytes.addAndGet(cached(piece.wanted()));
            }
            case EVICT -> {
                // Whole blobs go: small files of other trees that share one are gone with it.
                if (handled.add(blob.id())) {
                    evictedBytes.addAndGet(cache.cachedBytes(blob));
                    cache.evict(blob.id());
                }
            }
        }
    }

    private void fetch(WarmupPiece piece) throws IOException {
        long before = cached(piece.covered());
        long fetched = cache.warm(piece.blob(), piece.offset(), piece.length());
        long grown = Math.max(0, cached(piece.covered()) - before);
        fetchedBytes.addAndGet(fetched);
        paddingBytes.addAndGet(Math.clamp(fetched - grown, 0, fetched));
        cachedBytes.addAndGet(cached(piece.wanted()));
    }

    private long cached(List<WarmupPiece.Range> ranges) {
        long sum = 0;
        for (WarmupPiece.Range range : ranges) {
            sum += cache.cachedBytes(range.blob(), range.offset(), range.length());
        }
        return sum;
    }
}
