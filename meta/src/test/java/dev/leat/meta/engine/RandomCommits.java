package dev.leat.meta.engine;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** Random commits over few keys, so that they meet each other often. Names that begin with {@code c} hold cells. */
final class RandomCommits {
    static final List<String> PARTITIONS = List.of("D1", "D2");
    private static final List<String> NAMES = List.of(".", "ea", "eb", "ec", "c0", "c1");
    private static final List<String> STARTS = List.of("", "e", "ea", "c", "x");

    private RandomCommits() {}

    static Key key(Random random) {
        return ContractVolume.key(pick(PARTITIONS, random), pick(NAMES, random));
    }

    static Prefix prefix(Random random) {
        return new Prefix(Bytes.of(pick(PARTITIONS, random)), Bytes.of(pick(STARTS, random)));
    }

    static List<Prefix> everything() {
        return PARTITIONS.stream()
                .map(partition -> new Prefix(Bytes.of(partition), Bytes.EMPTY))
                .toList();
    }

    /**
     * A commit that may or may not fit.
     *
     * @param known what the caller read lately, for stamps that are sometimes still right
     */
    static Commit next(Random random, TestSession session, Map<Key, Value> known) {
        List<Check> checks = new ArrayList<>();
        for (int n = random.nextInt(3); n > 0; n--) {
            Key key = key(random);
            Value value = known.get(key);
            checks.add(
                    switch (random.nextInt(6)) {
                        case 0 -> new Check.Absent(key);
                        case 1 -> new Check.Exists(key);
                        case 2 -> new Check.Empty(prefix(random));
                        default -> value == null ? new Check.Absent(key) : new Check.At(key, value.stamp());
                    });
        }
        Set<Key> keys = new LinkedHashSet<>();
        for (int n = 1 + random.nextInt(4); n > 0; n--) {
            keys.add(key(random));
        }
        List<Write> writes = new ArrayList<>();
        for (Key key : keys) {
            writes.add(write(random, key));
        }
        return session.next(checks, writes);
    }

    private static Write write(Random random, Key key) {
        boolean cell = key.name().at(0) == 'c';
        int kind = random.nextInt(cell ? 6 : 3);
        if (kind == 0) {
            return new Write.Delete(key);
        }
        if (!cell) {
            byte[] value = new byte[random.nextInt(40)];
            random.nextBytes(value);
            return new Write.Put(key, value);
        }
        long[] sums = random.longs(random.nextInt(3), -20, 40).toArray();
        long[] maxima = random.longs(random.nextInt(3), 0, 1L << 62).toArray();
        Cell delta = new Cell(sums, maxima);
        if (kind == 1) {
            return new Write.Put(key, delta.encode());
        }
        long[] bounds = kind == 2 ? random.longs(sums.length, 30, 100).toArray() : new long[0];
        return new Write.Merge(key, delta, bounds);
    }

    private static <T> T pick(List<T> list, Random random) {
        return list.get(random.nextInt(list.size()));
    }
}
