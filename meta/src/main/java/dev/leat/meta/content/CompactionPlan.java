package dev.leat.meta.content;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Cell;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Value;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.Name;
import dev.leat.meta.record.BlobRecord;
import dev.leat.meta.record.EntryRecord;
import dev.leat.meta.record.ExtentPage;
import dev.leat.meta.record.FileRecord;
import dev.leat.meta.record.InodeRef;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.Layout;
import dev.leat.store.BlobId;
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
 * many small pieces.
 *
 * <p>Only a proposal: {@link Compactor} looks at each file again before it changes anything.
 */
public final class CompactionPlan {
    /** A pack is rewritten when less than half of it is needed: then rewriting frees more than it writes. */
    private static final int LIVE_PARTS = 2;

    /** Blobs considered at once, the most wasteful first: about 2 MiB of memory. */
    private static final int BLOBS_MAX = 10_000;

    /** A page whose extents are smaller than this on average makes a sequential reader seek more than it reads. */
    private static final long SMALL_EXTENT_BYTES = 64 << 10;

    private static final int PAGE = 500;

    private final long bytesMax;
    private final PriorityQueue<Waste> worst = new PriorityQueue<>(Comparator.comparingLong(Waste::bytes));
    private final Set<BlobId> sparse = new HashSet<>();
    private final List<CompactionWork> work = new ArrayList<>();
    private long bytes;

    private CompactionPlan(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    /**
     * Makes a plan.
     *
     * @param bytesMax most bytes to be rewritten by it
     */
    public static List<CompactionWork> make(MetaEngine engine, long bytesMax) throws MetaException {
        CompactionPlan plan = new CompactionPlan(bytesMax);
        plan.blobs(engine);
        plan.worst.forEach(waste -> plan.sparse.add(waste.blob()));
        engine.export(plan::file);
        return List.copyOf(plan.work);
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

    private void file(Key key, byte[] value) throws MetaException {
        Bytes partition = key.partition();
        if (bytes >= bytesMax) {
            return;
        }
        if (Keys.isDirectory(partition) && Keys.isEntry(key.name())) {
            if (EntryRecord.decode(value) instanceof EntryRecord.Embedded(long ino, FileRecord file)) {
                embedded(ino, file);
            }
        } else if (Keys.isInode(partition)) {
            long ino = Keys.numberIn(partition);
            if (key.name().at(0) == 'x') {
                List<Extent> extents = ExtentPage.decode(value).extents();
                boolean small = ExtentMap.coveredBytes(extents) < SMALL_EXTENT_BYTES * extents.size();
                boolean full = extents.size() > ExtentPage.EXTENTS_MAX / 2;
                add(ino, small && full ? extents : inSparse(extents));
            } else if (key.name().at(0) == 'r') {
                switch (InodeRef.decode(value)) {
                    case InodeRef.Full(FileRecord file) -> embedded(ino, file);
                    case InodeRef.At(long parent, Name name) -> {
                        // The record comes with its name.
                    }
                }
            }
        }
    }

    private void embedded(long ino, FileRecord file) {
        if (file.nlink() > 0 && file.layout() instanceof Layout.Extents(List<Extent> extents)) {
            add(ino, inSparse(extents));
        }
    }

    private List<Extent> inSparse(List<Extent> extents) {
        return extents.stream().filter(extent -> sparse.contains(extent.blob())).toList();
    }

    private void add(long ino, List<Extent> extents) {
        if (!extents.isEmpty()) {
            CompactionWork item = new CompactionWork(ino, extents);
            work.add(item);
            bytes += item.bytes();
        }
    }

    /** A blob and how many of its bytes nobody needs. */
    private record Waste(BlobId blob, long bytes) {}
}
