package dev.leat.meta.engine;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The contract on a plain map, written a second time and as directly as can be, for tests to hold engines against. Slots are left
 * out: {@link SlotContract} looks at those.
 */
final class PlainModel {
    private final Map<Key, Value> values;

    PlainModel() {
        this(new TreeMap<>());
    }

    private PlainModel(Map<Key, Value> values) {
        this.values = values;
    }

    PlainModel copy() {
        return new PlainModel(new TreeMap<>(values));
    }

    Map<Key, Value> values() {
        return values;
    }

    /** Whether all checks and bounds of a commit hold. */
    boolean accepts(Commit commit) {
        return failing(commit).isEmpty() && failingPrefixes(commit).isEmpty();
    }

    /** Takes over a commit's writes. */
    void apply(Commit commit) {
        for (Write write : commit.writes()) {
            switch (write) {
                case Write.Put put -> values.put(put.key(), new Value(put.value(), commit.stamp()));
                case Write.Delete delete -> values.remove(delete.key());
                case Write.Merge merge ->
                    values.put(merge.key(), new Value(merged(merge).encode(), commit.stamp()));
            }
        }
    }

    /** Whether a failed commit's report is right on this state. */
    boolean explains(Commit commit, Map<Key, Optional<Value>> reported) {
        Set<Key> failing = failing(commit);
        List<Prefix> prefixes = failingPrefixes(commit);
        if ((failing.isEmpty() && prefixes.isEmpty()) || !reported.keySet().containsAll(failing)) {
            return false;
        }
        for (Prefix prefix : prefixes) {
            if (reported.keySet().stream().noneMatch(key -> covers(prefix, key))) {
                return false;
            }
        }
        for (Map.Entry<Key, Optional<Value>> entry : reported.entrySet()) {
            boolean witness = prefixes.stream().anyMatch(prefix -> covers(prefix, entry.getKey()))
                    && entry.getValue().isPresent();
            if ((!failing.contains(entry.getKey()) && !witness) || !has(entry.getKey(), entry.getValue())) {
                return false;
            }
        }
        return true;
    }

    /** Whether a read's answer is right on this state. */
    boolean answers(List<Key> keys, List<Prefix> prefixes, Map<Key, Value> found) {
        Set<Key> expected = new HashSet<>();
        keys.stream().filter(values::containsKey).forEach(expected::add);
        for (Prefix prefix : prefixes) {
            values.keySet().stream().filter(key -> covers(prefix, key)).forEach(expected::add);
        }
        return expected.equals(found.keySet())
                && found.entrySet().stream().allMatch(e -> has(e.getKey(), Optional.of(e.getValue())));
    }

    /** Whether this is what lies at a key. */
    boolean has(Key key, Optional<Value> value) {
        Value mine = values.get(key);
        if (mine == null || value.isEmpty()) {
            return mine == null && value.isEmpty();
        }
        return mine.stamp().equals(value.get().stamp())
                && java.util.Arrays.equals(mine.bytes(), value.get().bytes());
    }

    static boolean covers(Prefix prefix, Key key) {
        return key.partition().equals(prefix.partition()) && key.name().startsWith(prefix.start());
    }

    private Set<Key> failing(Commit commit) {
        Set<Key> failing = new HashSet<>();
        for (Check check : commit.checks()) {
            switch (check) {
                case Check.Absent absent -> addIf(values.containsKey(absent.key()), absent.key(), failing);
                case Check.Exists exists -> addIf(!values.containsKey(exists.key()), exists.key(), failing);
                case Check.At at -> {
                    Value value = values.get(at.key());
                    addIf(value == null || !value.stamp().equals(at.stamp()), at.key(), failing);
                }
                case Check.Empty empty -> {
                    // Answered by a witness, not by a key of the check: see failingPrefixes.
                }
            }
        }
        for (Write write : commit.writes()) {
            if (write instanceof Write.Merge merge) {
                long[] sums = merged(merge).sums();
                for (int i = 0; i < merge.bounds().length; i++) {
                    addIf(sums[i] > merge.bounds()[i], merge.key(), failing);
                }
            }
        }
        return failing;
    }

    private List<Prefix> failingPrefixes(Commit commit) {
        return commit.checks().stream()
                .filter(Check.Empty.class::isInstance)
                .map(check -> ((Check.Empty) check).prefix())
                .filter(prefix -> values.keySet().stream().anyMatch(key -> covers(prefix, key)))
                .toList();
    }

    private Cell merged(Write.Merge merge) {
        Value value = values.get(merge.key());
        Cell before = value == null ? new Cell(new long[0], new long[0]) : Cell.decode(value.bytes());
        return before.merge(merge.delta());
    }

    private static void addIf(boolean failed, Key key, Set<Key> failing) {
        if (failed) {
            failing.add(key);
        }
    }
}
