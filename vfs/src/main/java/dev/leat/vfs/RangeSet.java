package dev.leat.vfs;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A set of byte positions, kept as disjoint ranges that never touch. Not safe for use by several threads. */
final class RangeSet {

    /**
     * Consecutive positions.
     *
     * @param start first position
     * @param end one past the last
     */
    record Range(long start, long end) {
        long lengthBytes() {
            return end - start;
        }
    }

    private final TreeMap<Long, Long> ends = new TreeMap<>();
    private long totalBytes;

    boolean isEmpty() {
        return ends.isEmpty();
    }

    /** How many positions are in the set. */
    long totalBytes() {
        return totalBytes;
    }

    /** How many ranges they form. */
    int ranges() {
        return ends.size();
    }

    void add(long start, long end) {
        if (start >= end) {
            return;
        }
        // The common case, an append to the last range, without touching the tree's shape.
        Map.Entry<Long, Long> last = ends.lastEntry();
        if (last != null && last.getValue() == start) {
            ends.put(last.getKey(), end);
            totalBytes += end - start;
            return;
        }
        long from = start;
        long to = end;
        Map.Entry<Long, Long> before = ends.floorEntry(start);
        if (before != null && before.getValue() >= start) {
            from = before.getKey();
            to = Math.max(to, before.getValue());
            ends.remove(before.getKey());
            totalBytes -= before.getValue() - before.getKey();
        }
        Map.Entry<Long, Long> next = ends.ceilingEntry(from);
        while (next != null && next.getKey() <= to) {
            to = Math.max(to, next.getValue());
            ends.remove(next.getKey());
            totalBytes -= next.getValue() - next.getKey();
            next = ends.ceilingEntry(from);
        }
        ends.put(from, to);
        totalBytes += to - from;
    }

    void addAll(RangeSet other) {
        other.ends.forEach(this::add);
    }

    void remove(long start, long end) {
        if (start >= end) {
            return;
        }
        Map.Entry<Long, Long> entry = ends.lowerEntry(end);
        while (entry != null && entry.getValue() > start) {
            long from = entry.getKey();
            long to = entry.getValue();
            ends.remove(from);
            totalBytes -= to - from;
            if (to > end) {
                ends.put(end, to);
                totalBytes += to - end;
            }
            if (from < start) {
                ends.put(from, start);
                totalBytes += start - from;
            }
            entry = ends.lowerEntry(end);
        }
    }

    /** Keeps what {@code other} has as well. */
    void retainAll(RangeSet other) {
        long from = 0;
        for (Range range : other.toList()) {
            remove(from, range.start());
            from = range.end();
        }
        remove(from, Long.MAX_VALUE);
    }

    void clear() {
        ends.clear();
        totalBytes = 0;
    }

    /**
     * The piece of {@code [position, end)} that begins at {@code position} and is wholly inside or wholly outside the set.
     *
     * @return its end; negated when the piece is outside
     */
    long pieceEnd(long position, long end) {
        Map.Entry<Long, Long> at = ends.floorEntry(position);
        if (at != null && at.getValue() > position) {
            return Math.min(end, at.getValue());
        }
        Long next = ends.higherKey(position);
        return -(next == null ? end : Math.min(end, next));
    }

    /** Whether every position of the range is in the set. */
    boolean containsAll(long start, long end) {
        return start >= end || pieceEnd(start, end) == end;
    }

    /** Whether any position of the range is in the set. */
    boolean intersects(long start, long end) {
        if (start >= end) {
            return false;
        }
        Map.Entry<Long, Long> at = ends.lowerEntry(end);
        return at != null && at.getValue() > start;
    }

    /** One past the last position before {@code end}; 0 if there is none. */
    long endBefore(long end) {
        Map.Entry<Long, Long> at = ends.lowerEntry(end);
        return at == null ? 0 : Math.min(end, at.getValue());
    }

    /** One past the last position; 0 if there is none. */
    long end() {
        Map.Entry<Long, Long> last = ends.lastEntry();
        return last == null ? 0 : last.getValue();
    }

    /** The ranges, cut wherever {@code other} begins or ends inside one. */
    List<Range> toListCutAt(RangeSet other) {
        List<Range> list = new ArrayList<>(ends.size());
        ends.forEach((start, end) -> {
            long position = start;
            while (position < end) {
                long pieceEnd = Math.abs(other.pieceEnd(position, end));
                list.add(new Range(position, pieceEnd));
                position = pieceEnd;
            }
        });
        return list;
    }

    /** Start of the range that ends at {@code end}, or -1. */
    long startOfRangeEndingAt(long end) {
        Map.Entry<Long, Long> at = ends.lowerEntry(end);
        return at != null && at.getValue() == end ? at.getKey() : -1;
    }

    List<Range> toList() {
        List<Range> list = new ArrayList<>(ends.size());
        ends.forEach((start, end) -> list.add(new Range(start, end)));
        return list;
    }

    RangeSet copy() {
        RangeSet copy = new RangeSet();
        copy.ends.putAll(ends);
        copy.totalBytes = totalBytes;
        return copy;
    }
}
