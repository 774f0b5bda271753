package dev.leat.meta.content;

import dev.leat.meta.fs.Extent;
import java.util.ArrayList;
import java.util.List;

/**
 * Which pieces of a file are so many and so small that they are worth writing anew as one.
 *
 * @param extentsMin fewest extents that are put together
 * @param thrifty whether a piece longer than all others that it would be joined with is left alone. A log that grows in crumbs is then written anew a
 *     logarithmic number of times instead of once for each batch of crumbs, and keeps a few pieces, each twice as long as the next
 */
public record CompactionRule(int extentsMin, boolean thrifty) {
    /** What is worth doing unasked. */
    public static final CompactionRule BACKGROUND = new CompactionRule(16, true);

    /** Whatever makes the list of extents shorter. */
    public static final CompactionRule ALL = new CompactionRule(2, false);

    /** Pieces from this length on stay as they are: they are read in requests of this size anyway. */
    private static final long LARGE_BYTES = 4L << 20;

    /** A run whose pieces are shorter than this on average costs a reader more in requests than in bytes. */
    private static final long SMALL_BYTES = 1L << 20;

    /** Longest run, in bytes: what is written and committed together. */
    private static final long RUN_BYTES_MAX = 16L << 20;

    /** Checks the values. */
    public CompactionRule {
        if (extentsMin < 2) {
            throw new IllegalArgumentException("one extent cannot be joined with nothing: extentsMin " + extentsMin);
        }
    }

    /** The runs of some extents that are worth joining, in order. Extents of a file as it is stored may continue each other. */
    List<List<Extent>> runs(List<Extent> extents) {
        List<List<Extent>> runs = new ArrayList<>();
        List<Extent> run = new ArrayList<>();
        long bytes = 0;
        for (Extent extent : ExtentMap.joined(extents)) {
            boolean large = extent.lengthBytes() >= LARGE_BYTES;
            if (large || bytes + extent.lengthBytes() > RUN_BYTES_MAX) {
                addWorthy(run, runs);
                run = new ArrayList<>();
                bytes = 0;
            }
            if (!large) {
                run.add(extent);
                bytes += extent.lengthBytes();
            }
        }
        addWorthy(run, runs);
        return runs;
    }

    private void addWorthy(List<Extent> run, List<List<Extent>> runs) {
        List<Extent> rest = thrifty ? withoutGiants(run) : run;
        if (rest.size() >= extentsMin && ExtentMap.coveredBytes(rest) < SMALL_BYTES * rest.size()) {
            runs.add(rest);
        }
    }

    /** Leaves out pieces at both ends that are longer than everything between them. */
    private static List<Extent> withoutGiants(List<Extent> run) {
        int from = 0;
        int to = run.size();
        long rest = ExtentMap.coveredBytes(run);
        while (to - from > 1) {
            long first = run.get(from).lengthBytes();
            long last = run.get(to - 1).lengthBytes();
            if (first > rest - first) {
                from++;
                rest -= first;
            } else if (last > rest - last) {
                to--;
                rest -= last;
            } else {
                break;
            }
        }
        return run.subList(from, to);
    }
}
