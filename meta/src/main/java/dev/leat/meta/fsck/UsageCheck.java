package dev.leat.meta.fsck;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Cell;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.QuotaRecord;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Compares what is recorded as used, of the volume and below each quota, with what the tree holds. An inode counts once below each quota around any of
 * its names.
 */
final class UsageCheck {
    private final Map<Set<Long>, Sum> found = new HashMap<>();
    private final Map<Long, Sum> recorded = new HashMap<>();
    private final Map<Long, Long> parents = new HashMap<>();
    private boolean copying;

    /** Bytes and inodes. */
    private static final class Sum {
        private long bytes;
        private long inodes;

        void add(long moreBytes, long moreInodes) {
            bytes += moreBytes;
            inodes += moreInodes;
        }
    }

    /** Takes a row about limits and use. */
    void quotaRow(Bytes name, byte[] value) throws MetaException {
        if (name.at(0) == 'q') {
            parents.put(Keys.numberIn(name), QuotaRecord.decode(value).parent());
        } else {
            long[] sums = Cell.decode(value).sums();
            recorded.computeIfAbsent(Keys.numberIn(name), any -> new Sum())
                    .add(sums.length > 0 ? sums[0] : 0, sums.length > 1 ? sums[1] : 0);
        }
    }

    /** Takes note that a tree is being copied: it is in directories already, and counts only when it is finished. */
    void treeInMaking() {
        copying = true;
    }

    /**
     * Takes an inode.
     *
     * @param roots the nearest quota of each directory that it has a name in, 0 for none
     */
    void inode(Set<Long> roots, long bytes) {
        found.computeIfAbsent(roots, any -> new Sum()).add(bytes, 1);
    }

    /** Everything was taken. */
    void end(Findings findings) {
        if (copying) {
            return;
        }
        Map<Long, Sum> below = new HashMap<>();
        found.forEach((roots, sum) -> {
            for (long root : around(roots)) {
                below.computeIfAbsent(root, any -> new Sum()).add(sum.bytes, sum.inodes);
            }
        });
        Set<Long> all = new TreeSet<>(parents.keySet());
        all.add(0L);
        for (long root : all) {
            compare(findings, root, recorded.getOrDefault(root, new Sum()), below.getOrDefault(root, new Sum()));
        }
    }

    /** All quotas that something counts towards, with the volume. */
    private Set<Long> around(Set<Long> roots) {
        Set<Long> all = new HashSet<>();
        all.add(0L);
        for (long root : roots) {
            // A root without a limit is one that is just being lifted.
            for (Long at = root; at != null && at != 0 && parents.containsKey(at) && all.add(at); ) {
                at = parents.get(at);
            }
        }
        return all;
    }

    private static void compare(Findings findings, long root, Sum recorded, Sum found) {
        if (recorded.bytes == found.bytes && recorded.inodes == found.inodes) {
            return;
        }
        String numbers =
                "%d and %d instead of %d and %d".formatted(recorded.bytes, recorded.inodes, found.bytes, found.inodes);
        findings.add(Problem.count(
                root == 0 ? "the volume" : "quota of directory " + root,
                "counts wrong numbers of bytes and inodes:",
                numbers,
                Keys.usage(root, 0),
                new Cell(new long[] {found.bytes - recorded.bytes, found.inodes - recorded.inodes}, new long[0])));
    }
}
