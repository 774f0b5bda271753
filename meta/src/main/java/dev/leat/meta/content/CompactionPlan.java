package dev.leat.meta.content;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Cell;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Value;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.FileView;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.Name;
import dev.leat.meta.record.BlobRecord;
import dev.leat.meta.record.EntryRecord;
import dev.leat.meta.record.ExtentPage;
import dev.leat.meta.record.FileRecord;
import dev.leat.meta.record.InodeRef;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.Layout;
import dev.leat.store.BlobId;
import dev.leat.sys.Errno;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Finds what is worth compacting, in one walk over the blobs and one over all metadata, in bounded memory: first the blobs that waste most, then who refers to them; and files in
 * many small pieces. Or looks at one file only.
 *
 * <p>Only a proposal: {@link Compactor} moves what still is as it was.
 */
public final class CompactionPlan {
    /** A pack is rewritten when less than half of it is needed: then rewriting frees more than it writes. */
    private static final int LIVE_PARTS = 2;

    /** Blobs considered at once, the most wasteful first: about 2 MiB of memory. */
    private static final int BLOBS_MAX = 10_000;

    /** Most extents in one plan: about 20 MiB of memory. */
    public static final int EXTENTS_MAX = 200_000;

    private static final int PAGE = 500;

    private final CompactionRule rule;
    private final long bytesMax;
    private final PriorityQueue<Waste> worst = new PriorityQueue<>(Comparator.comparingLong(Waste::bytes));
    private final Set<BlobId> sparse = new HashSet<>();
    private final List<CompactionWork> work = new ArrayList<>();
    private long bytes;
    private long extents;

    private CompactionPlan(CompactionRule rule, long bytesMax) {
        this.rule = rule;
        this.bytesMax = bytesMax;
    }

    /**
     * Makes a plan for a volume.
     *
     * @param bytesMax most bytes to be rewritten by it
     */
    public static List<CompactionWork> make(MetaEngine engine, CompactionRule rule, long bytesMax)
            throws MetaException {
        CompactionPlan plan = new CompactionPlan(rule, bytesMax);
        plan.blobs(engine);
        plan.worst.forEach(waste -> plan.sparse.add(waste.blob()));
        engine.export(plan::entry);
        return List.copyOf(plan.work);
    }

    /** Makes a plan for one file; empty if there is nothing to do, or no such file any more. */
    public static List<CompactionWork> ofFile(ContentStore content, long ino, CompactionRule rule) throws FsException {
        try {
            FileView view = content.view(ino);
            if (view.inline() != null) {
                return List.of();
            }
            List<Extent> all = view.extents() != null ? view.extents() : content.extents(view, 0, Long.MAX_VALUE);
            return rule.runs(all).stream()
                    .map(run -> new CompactionWork(ino, run))
                    .toList();
        } catch (FsException e) {
            if (e.isGone() || e.errno() == Errno.EINVAL) {
                return List.of();
            }
            throw e;
        }
    }

    /** Goes over the blobs' counts in pages, and looks up the records of those that are there. */
    private void blobs(MetaEngine engine) throws MetaException {
        Bytes after = null;
        while (true) {
            List<Map.Entry<Key, Value>> page = engine.scan(Keys.blobsLive(), after, PAGE);
            Map<Key, Long> live = new HashMap<>();
            for (Map.Entry<Key, Value> row : page) {
                after = row.getKey().name();
                long[] sums = Cell.decode(row.getValue().bytes()).sums();
                live.put(Keys.blob(Keys.blobIn(after)), sums.length == 0 ? 0L : sums[0]);
            }
            for (Map.Entry<Key, Value> row :
                    engine.get(List.copyOf(live.keySet()), List.of()).entrySet()) {
                long size = BlobRecord.decode(row.getValue().bytes()).sizeBytes();
                long needed = live.getOrDefault(row.getKey(), 0L);
                if (needed > 0 && needed < size / LIVE_PARTS) {
                    worst.add(new Waste(Keys.blobIn(row.getKey().name()), size - needed));
                    if (worst.size() > BLOBS_MAX) {
                        worst.poll();
                    }
                }
            }
            if (page.size() < PAGE) {
                return;
            }
        }
    }

    private void entry(Key key, byte[] value) throws MetaException {
        Bytes partition = key.partition();
        if (bytes >= bytesMax || extents >= EXTENTS_MAX) {
            return;
        }
        if (Keys.isDirectory(partition) && Keys.isEntry(key.name())) {
            if (EntryRecord.decode(value) instanceof EntryRecord.Embedded(long ino, FileRecord file)) {
                file(ino, file);
            }
        } else if (Keys.isInode(partition)) {
            long ino = Keys.numberIn(partition);
            if (key.name().at(0) == 'x') {
                // A page for itself: most of a file's neighbours share one, and memory holds no file whole.
                add(ino, ExtentPage.decode(value).extents());
            } else if (key.name().at(0) == 'r') {
                switch (InodeRef.decode(value)) {
                    case InodeRef.Full(FileRecord file) -> file(ino, file);
                    case InodeRef.At(long parent, Name name) -> {
                        // The record comes with its name.
                    }
                }
            }
        }
    }

    private void file(long ino, FileRecord file) {
        if (file.nlink() > 0 && file.layout() instanceof Layout.Extents(List<Extent> few)) {
            add(ino, few);
        }
    }

    private void add(long ino, List<Extent> all) {
        Set<Extent> inRuns = new HashSet<>();
        for (List<Extent> run : rule.runs(all)) {
            add(new CompactionWork(ino, run));
            inRuns.addAll(run);
        }
        List<Extent> wasteful = all.stream()
                .filter(extent -> sparse.contains(extent.blob()) && !inRuns.contains(extent))
                .toList();
        for (List<Extent> part : CompactionWork.cut(wasteful)) {
            add(new CompactionWork(ino, part));
        }
    }

    private void add(CompactionWork item) {
        work.add(item);
        bytes += item.bytes();
        extents += item.extents().size();
    }

    /** A blob and how many of its bytes nobody needs. */
    private record Waste(BlobId blob, long bytes) {}
}
