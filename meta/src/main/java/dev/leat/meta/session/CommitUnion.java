package dev.leat.meta.session;

import dev.leat.meta.engine.Check;
import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.Prefix;
import dev.leat.meta.engine.Write;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Commits of several callers as one. Only such go together that would come to the same one after the other, in any order: none writes what
 * another one checks or writes, but for additions to the same cell, which become one.
 */
final class CommitUnion {
    private final List<CommitPart> parts = new ArrayList<>();
    private final Set<Check> checks = new LinkedHashSet<>();
    private final Map<Key, Check> checked = new LinkedHashMap<>();
    private final List<Prefix> empties = new ArrayList<>();
    private final Map<Key, Write> writes = new LinkedHashMap<>();
    private final Set<Key> bounded = new HashSet<>();
    private long valueBytes;

    CommitUnion(CommitPart first) {
        parts.add(first);
    }

    List<CommitPart> parts() {
        return parts;
    }

    List<Check> checks() {
        return parts.size() == 1 ? parts.getFirst().checks : List.copyOf(checks);
    }

    List<Write> writes() {
        return parts.size() == 1 ? parts.getFirst().writes : List.copyOf(writes.values());
    }

    /** Takes another one in, if it can go along. */
    boolean add(CommitPart part) {
        if (writes.isEmpty()) {
            include(parts.getFirst());
        }
        if (!fits(part) || !agrees(part)) {
            return false;
        }
        parts.add(part);
        include(part);
        return true;
    }

    private boolean fits(CommitPart part) {
        int operations = checks.size() + writes.size() + part.checks.size() + part.writes.size();
        return operations <= Commit.OPERATIONS_MAX && valueBytes + valueBytes(part) <= Commit.VALUES_BYTES_MAX;
    }

    private static long valueBytes(CommitPart part) {
        long bytes = 0;
        for (Write write : part.writes) {
            bytes += valueBytes(write);
        }
        return bytes;
    }

    private static long valueBytes(Write write) {
        return switch (write) {
            case Write.Put put -> put.value().length;
            case Write.Delete delete -> 0;
            case Write.Merge merge ->
                2
                        + Long.BYTES
                                * (long) (merge.delta().sums().length
                                        + merge.delta().maxima().length);
        };
    }

    private boolean agrees(CommitPart part) {
        for (Check check : part.checks) {
            boolean bad =
                    switch (check) {
                        case Check.Absent(Key key) -> differs(key, check);
                        case Check.Exists(Key key) -> differs(key, check);
                        case Check.At at -> differs(at.key(), check);
                        case Check.Empty(Prefix prefix) ->
                            writes.keySet().stream().anyMatch(prefix::covers);
                    };
            if (bad) {
                return false;
            }
        }
        for (Write write : part.writes) {
            Key key = write.key();
            Write other = writes.get(key);
            boolean bad = checked.containsKey(key)
                    || (other != null && !bothAdd(other, write))
                    || empties.stream().anyMatch(prefix -> prefix.covers(key));
            if (bad) {
                return false;
            }
        }
        return true;
    }

    /** Whether a key is written by others, or checked for something else, which one of the two checks will not survive. */
    private boolean differs(Key key, Check check) {
        Check other = checked.get(key);
        return writes.containsKey(key) || (other != null && !other.equals(check));
    }

    private boolean bothAdd(Write one, Write other) {
        return one instanceof Write.Merge
                && other instanceof Write.Merge merge
                && merge.bounds().length == 0
                && !bounded.contains(merge.key());
    }

    private void include(CommitPart part) {
        for (Check check : part.checks) {
            checks.add(check);
            switch (check) {
                case Check.Absent(Key key) -> checked.put(key, check);
                case Check.Exists(Key key) -> checked.put(key, check);
                case Check.At at -> checked.put(at.key(), check);
                case Check.Empty(Prefix prefix) -> empties.add(prefix);
            }
        }
        for (Write write : part.writes) {
            valueBytes += valueBytes(write);
            if (write instanceof Write.Merge merge && merge.bounds().length > 0) {
                bounded.add(merge.key());
            }
            Write other = writes.get(write.key());
            if (other instanceof Write.Merge before && write instanceof Write.Merge merge) {
                writes.put(
                        merge.key(), new Write.Merge(merge.key(), before.delta().merge(merge.delta()), merge.bounds()));
            } else {
                writes.put(write.key(), write);
            }
        }
    }
}
