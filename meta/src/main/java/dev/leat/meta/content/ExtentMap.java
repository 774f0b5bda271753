package dev.leat.meta.content;

import dev.leat.meta.fs.Extent;
import dev.leat.store.BlobId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The extents of a file, or of some of its pages, while edits are applied to them. It keeps count of how many bytes of each blob
 * came and went, which is what the blobs' live bytes must be changed by.
 *
 * <p>Concurrency: none; one thread plans one publication.
 */
final class ExtentMap {
    private final TreeMap<Long, Extent> extents = new TreeMap<>();
    private final Map<BlobId, Long> deltas = new HashMap<>();

    /** The extents that are there before any edit; they count as no change. */
    ExtentMap(Collection<Extent> initial) {
        for (Extent extent : initial) {
            extents.put(extent.fileOffset(), extent);
        }
    }

    /** Puts an extent over whatever lies in its range. */
    void put(Extent extent) {
        cut(extent.fileOffset(), extent.fileEnd());
        count(extent.blob(), extent.lengthBytes());
        Extent joined = extent;
        Map.Entry<Long, Extent> before = extents.lowerEntry(extent.fileOffset());
        if (before != null && continues(before.getValue(), joined)) {
            extents.remove(before.getKey());
            joined = join(before.getValue(), joined);
        }
        Extent after = extents.get(extent.fileEnd());
        if (after != null && continues(joined, after)) {
            extents.remove(after.fileOffset());
            joined = join(joined, after);
        }
        extents.put(joined.fileOffset(), joined);
    }

    /** Makes a hole of {@code [from, to)}. */
    void cut(long from, long to) {
        if (from >= to) {
            return;
        }
        Map.Entry<Long, Extent> before = extents.lowerEntry(from);
        if (before != null && before.getValue().fileEnd() > from) {
            Extent old = before.getValue();
            extents.put(old.fileOffset(), slice(old, old.fileOffset(), from));
            if (old.fileEnd() > to) {
                extents.put(to, slice(old, to, old.fileEnd()));
            }
            count(old.blob(), from - Math.min(old.fileEnd(), to));
        }
        for (Map.Entry<Long, Extent> entry = extents.ceilingEntry(from);
                entry != null && entry.getKey() < to;
                entry = extents.ceilingEntry(from)) {
            Extent old = entry.getValue();
            extents.remove(entry.getKey());
            if (old.fileEnd() > to) {
                extents.put(to, slice(old, to, old.fileEnd()));
            }
            count(old.blob(), old.fileOffset() - Math.min(old.fileEnd(), to));
        }
    }

    /** Exchanges every reference to one blob for the same range of another. */
    void replace(BlobId from, BlobId to, long toSizeBytes) {
        for (Extent old : List.copyOf(extents.values())) {
            if (old.blob().equals(from)) {
                put(new Extent(old.fileOffset(), old.lengthBytes(), to, old.blobOffset(), toSizeBytes));
            }
        }
    }

    /** The pieces that lie in {@code [from, to)}, cut at both ends. */
    List<Extent> within(long from, long to) {
        return slice(extents.values(), from, to);
    }

    /** All extents in order. */
    List<Extent> all() {
        return List.copyOf(extents.values());
    }

    /** Number of extents. */
    int count() {
        return extents.size();
    }

    /** By how many bytes references to each blob grew or shrank; blobs without a net change are left out. */
    Map<BlobId, Long> deltas() {
        Map<BlobId, Long> net = new HashMap<>(deltas);
        net.values().removeIf(bytes -> bytes == 0);
        return net;
    }

    /** Bytes that extents cover. */
    static long coveredBytes(Collection<Extent> extents) {
        long sum = 0;
        for (Extent extent : extents) {
            sum += extent.lengthBytes();
        }
        return sum;
    }

    /** Pieces of ordered extents that lie in {@code [from, to)}. */
    static List<Extent> slice(Collection<Extent> extents, long from, long to) {
        List<Extent> pieces = new ArrayList<>();
        for (Extent extent : extents) {
            if (extent.fileOffset() >= to) {
                break;
            }
            if (extent.fileEnd() > from) {
                pieces.add(slice(extent, Math.max(from, extent.fileOffset()), Math.min(to, extent.fileEnd())));
            }
        }
        return pieces;
    }

    /** Joins neighbours that continue each other in the same blob. */
    static List<Extent> joined(List<Extent> extents) {
        List<Extent> joined = new ArrayList<>(extents.size());
        for (Extent extent : extents) {
            Extent last = joined.isEmpty() ? null : joined.getLast();
            if (last != null && continues(last, extent)) {
                joined.set(joined.size() - 1, join(last, extent));
            } else {
                joined.add(extent);
            }
        }
        return joined;
    }

    private void count(BlobId blob, long bytes) {
        deltas.merge(blob, bytes, Long::sum);
    }

    private static boolean continues(Extent left, Extent right) {
        return left.fileEnd() == right.fileOffset()
                && left.blob().equals(right.blob())
                && left.blobOffset() + left.lengthBytes() == right.blobOffset();
    }

    private static Extent join(Extent left, Extent right) {
        return new Extent(
                left.fileOffset(),
                left.lengthBytes() + right.lengthBytes(),
                left.blob(),
                left.blobOffset(),
                left.blobSizeBytes());
    }

    private static Extent slice(Extent extent, long from, long to) {
        if (from == extent.fileOffset() && to == extent.fileEnd()) {
            return extent;
        }
        return new Extent(
                from,
                to - from,
                extent.blob(),
                extent.blobOffset() + from - extent.fileOffset(),
                extent.blobSizeBytes());
    }
}
