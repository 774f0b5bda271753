package dev.leat.cli.mount;

import dev.leat.cache.BlobCache;
import dev.leat.cli.CliException;
import dev.leat.cli.bench.Workers;
import dev.leat.cli.control.ControlServer;
import dev.leat.meta.fs.DirEntry;
import dev.leat.meta.fs.Entry;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.FileView;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import dev.leat.store.Blob;
import dev.leat.sys.Errno;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Brings a tree into the cache ahead of need, or tells how much of it is there, or pins or evicts it. Works directory by
 * directory, because small files that were written together lie together in a blob: their ranges are joined and fetched
 * at once. What is cached is not fetched again, so an interrupted run is resumed by another one.
 */
final class Warmup {
    private static final long ROOT_INO = 1;

    /** Ranges closer than this are fetched as one: members of a pack are aligned to it. */
    private static final long GAP_BYTES = 4096;

    /** Longest range of one fetch, so that threads share large files. */
    private static final long PIECE_BYTES = 16L << 20;

    private static final long REPORT_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    /** What is done with the tree. */
    enum Action {
        FETCH,
        CHECK,
        EVICT,
        PIN,
        UNPIN
    }

    private record Range(Blob blob, long offset, long length) {}

    private final MetaFs meta;
    private final BlobCache cache;
    private final Action action;
    private final int threads;
    private final ControlServer.Progress progress;
    private final AtomicLong filesDone = new AtomicLong();
    private final AtomicLong bytesDone = new AtomicLong();
    private final AtomicLong bytesFetched = new AtomicLong();
    private final AtomicLong bytesCached = new AtomicLong();
    private final AtomicLong reported = new AtomicLong(System.nanoTime());
    private long files;
    private long bytes;

    private Warmup(MountParts parts, Action action, int threads, ControlServer.Progress progress) {
        this.meta = parts.meta();
        this.cache = parts.cache();
        this.action = action;
        this.threads = threads;
        this.progress = progress;
    }

    /** Carries out the control command. */
    static Map<String, ?> run(MountParts parts, Map<?, ?> arguments, ControlServer.Progress progress)
            throws IOException {
        Action action = Action.valueOf(String.valueOf(arguments.get("action")).toUpperCase(Locale.ROOT));
        int threads = arguments.get("threads") instanceof Long count ? Math.clamp(count, 1, 256) : 16;
        Warmup warmup = new Warmup(parts, action, threads, progress);
        try {
            return warmup.run(String.valueOf(arguments.get("path")));
        } catch (InterruptedException e) {
            throw CliException.failed("interrupted; run it again to go on");
        }
    }

    private Map<String, ?> run(String path) throws IOException, InterruptedException {
        Entry top = find(path);
        FileWalk.of(meta, top.ino(), rows -> {
            for (DirEntry row : rows) {
                files++;
                bytes += row.attr() == null ? 0 : row.attr().sizeBytes();
            }
        });
        FileWalk.of(meta, top.ino(), this::one);
        Map<String, @Nullable Object> result = facts();
        result.put("fetchedBytes", bytesFetched.get());
        result.put("cachedBytes", action == Action.EVICT ? 0L : bytesCached.get());
        return result;
    }

    private Map<String, @Nullable Object> facts() {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("files", files);
        facts.put("bytes", bytes);
        facts.put("filesDone", filesDone.get());
        facts.put("bytesDone", bytesDone.get());
        return facts;
    }

    private Entry find(String path) throws FsException {
        Entry at = new Entry(ROOT_INO, meta.getattr(ROOT_INO));
        for (String part : path.split("/")) {
            if (part.isEmpty()) {
                continue;
            }
            try {
                at = meta.lookup(at.ino(), Name.of(part));
            } catch (FsException e) {
                if (e.errno() == Errno.ENOENT) {
                    throw CliException.failed("there is no '" + path + "' in this volume");
                }
                throw e;
            }
        }
        return at;
    }

    private void one(List<DirEntry> page) throws IOException, InterruptedException {
        List<Range> ranges = new ArrayList<>();
        Workers.each(page, Math.min(threads, Math.max(1, page.size())), row -> {
            List<Range> own = ranges(row.ino());
            synchronized (ranges) {
                ranges.addAll(own);
            }
            long known = own.stream().mapToLong(Range::length).sum();
            filesDone.incrementAndGet();
            // Holes and inline content need no fetching.
            bytesDone.addAndGet(Math.max(0, (row.attr() == null ? 0 : row.attr().sizeBytes()) - known));
            report();
        });
        List<Range> joined = joined(ranges);
        Workers.each(joined, Math.min(threads, Math.max(1, joined.size())), this::act);
    }

    private List<Range> ranges(long ino) throws FsException {
        List<Range> ranges = new ArrayList<>();
        try {
            FileView view = meta.view(ino);
            for (Extent extent : meta.extents(view, 0, view.attr().sizeBytes())) {
                Blob blob = new Blob(extent.blob(), meta.blobKey(extent.blob()), extent.blobSizeBytes(), null);
                ranges.add(new Range(blob, extent.blobOffset(), extent.lengthBytes()));
            }
        } catch (FsException e) {
            // Removed since it was listed: nothing to do.
            if (e.errno() != Errno.ENOENT && e.errno() != Errno.ESTALE) {
                throw e;
            }
        }
        return ranges;
    }

    /** The same ranges with neighbours joined, cut into pieces. */
    private static List<Range> joined(List<Range> ranges) {
        ranges.sort(Comparator.comparing((Range range) -> range.blob().key()).thenComparingLong(Range::offset));
        List<Range> joined = new ArrayList<>();
        for (Range range : ranges) {
            Range last = joined.isEmpty() ? null : joined.getLast();
            if (last != null
                    && last.blob.key().equals(range.blob.key())
                    && range.offset - (last.offset + last.length) < GAP_BYTES
                    && last.length < PIECE_BYTES) {
                long end = Math.max(last.offset + last.length, range.offset + range.length);
                joined.set(joined.size() - 1, new Range(last.blob, last.offset, end - last.offset));
            } else {
                joined.add(range);
            }
        }
        List<Range> pieces = new ArrayList<>();
        for (Range range : joined) {
            for (long at = 0; at < range.length; at += PIECE_BYTES) {
                pieces.add(new Range(range.blob, range.offset + at, Math.min(PIECE_BYTES, range.length - at)));
            }
        }
        return pieces;
    }

    private void act(Range range) throws IOException {
        switch (action) {
            case FETCH, PIN -> {
                if (action == Action.PIN) {
                    cache.pin(range.blob, true);
                }
                bytesFetched.addAndGet(cache.warm(range.blob, range.offset, range.length));
                bytesCached.addAndGet(cache.cachedBytes(range.blob, range.offset, range.length));
            }
            case CHECK -> bytesCached.addAndGet(cache.cachedBytes(range.blob, range.offset, range.length));
            case UNPIN -> cache.pin(range.blob, false);
            case EVICT -> cache.evict(range.blob.id());
        }
        bytesDone.addAndGet(range.length);
        report();
    }

    private void report() throws IOException {
        long last = reported.get();
        long now = System.nanoTime();
        if (now - last >= REPORT_NANOS && reported.compareAndSet(last, now)) {
            Map<String, @Nullable Object> facts = facts();
            progress.report(facts);
        }
    }
}
