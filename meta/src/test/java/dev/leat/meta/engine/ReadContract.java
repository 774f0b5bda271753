package dev.leat.meta.engine;

import static dev.leat.meta.engine.ContractVolume.add;
import static dev.leat.meta.engine.ContractVolume.key;
import static dev.leat.meta.engine.ContractVolume.put;
import static dev.leat.meta.engine.ContractVolume.scanAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.meta.engine.MetaException.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** get, scan and export. */
interface ReadContract extends ContractVolume {

    @Test
    default void getFindsKeysAndPrefixesAndLeavesOutWhatIsAbsent() throws Exception {
        MetaEngine engine = client();
        TestSession session = new TestSession(engine);
        assertThat(engine.get(List.of(), List.of())).isEmpty();
        assertThat(engine.get(List.of(key("a")), List.of(new Prefix(Bytes.of("D9"), Bytes.EMPTY))))
                .isEmpty();
        session.write(
                put(key("#1"), "1"),
                put(key("#2"), "2"),
                put(key("$"), "3"),
                put(key("\""), "4"),
                put(key("D10", "#1"), "5"),
                put(key("D", "1#1"), "6"));
        assertThat(engine.get(
                                List.of(key("$"), key("none"), key("#1")),
                                List.of(new Prefix(Bytes.of("D1"), Bytes.of("#"))))
                        .keySet())
                .containsExactlyInAnyOrder(key("$"), key("#1"), key("#2"));
        assertThat(engine.get(
                                List.of(),
                                List.of(
                                        new Prefix(Bytes.of("D10"), Bytes.EMPTY),
                                        new Prefix(Bytes.of("D"), Bytes.EMPTY)))
                        .keySet())
                .containsExactlyInAnyOrder(key("D10", "#1"), key("D", "1#1"));
    }

    @Test
    default void getReadsManyKeysAtOnce() throws Exception {
        MetaEngine engine = client();
        TestSession session = new TestSession(engine);
        List<Key> keys = fill(session, "D1", 1_000);
        assertThat(engine.get(keys, List.of())).hasSize(1_000);
        assertThat(engine.get(List.of(), List.of(new Prefix(Bytes.of("D1"), Bytes.EMPTY))))
                .hasSize(CommitRules.PREFIX_KEYS_MAX);
        session.write(put(key("one more"), ""));
        assertThatThrownBy(() -> engine.get(List.of(), List.of(new Prefix(Bytes.of("D1"), Bytes.EMPTY))))
                .isInstanceOfSatisfying(
                        MetaException.class, e -> assertThat(e.kind()).isEqualTo(Kind.INVALID));
    }

    @Test
    default void getIsOneInstant() throws Exception {
        MetaEngine reader = client();
        MetaEngine writer = client();
        List<Key> together = List.of(key("a"), key("D2", "b"), key("D3", "c"));
        AtomicBoolean done = new AtomicBoolean();
        int rounds = (int) (400 * effort());
        Threads.run(3, i -> {
            if (i == 0) {
                TestSession session = new TestSession(writer);
                for (int n = 0; n < rounds; n++) {
                    String text = Integer.toString(n);
                    session.write(together.stream().map(k -> put(k, text)).toArray(Write[]::new));
                }
                done.set(true);
                return;
            }
            while (!done.get()) {
                Map<Key, Value> found = i == 1
                        ? reader.get(together, List.of())
                        : reader.get(
                                List.of(together.get(1)),
                                List.of(
                                        new Prefix(Bytes.of("D1"), Bytes.EMPTY),
                                        new Prefix(Bytes.of("D3"), Bytes.of("c"))));
                Set<Stamp> stamps = new HashSet<>();
                found.values().forEach(value -> stamps.add(value.stamp()));
                assertThat(stamps).hasSizeLessThanOrEqualTo(1);
                assertThat(found.size()).isIn(0, together.size());
            }
        });
    }

    @Test
    default void aCommitIsSeenByEveryClientAtOnce() throws Exception {
        MetaEngine one = client();
        MetaEngine two = client();
        TestSession session = new TestSession(one);
        for (int n = 1; n <= 100 * effort(); n++) {
            session.write(add(key("n"), 1));
            assertThat(ContractVolume.sum(two, key("n"))).isEqualTo(n);
        }
    }

    @Test
    default void scanIsInTheOrderOfUnsignedBytes() throws Exception {
        long seed = ContractVolume.seed("scanIsInTheOrderOfUnsignedBytes");
        Random random = new Random(seed);
        MetaEngine engine = client();
        TestSession session = new TestSession(engine);
        Bytes partition = Bytes.wrap(new byte[] {'D', 0, (byte) 0xff, '\'', '\\'});
        TreeSet<Bytes> names = new TreeSet<>();
        names.add(Bytes.EMPTY);
        while (names.size() < 300) {
            byte[] name = new byte[1 + random.nextInt(6)];
            random.nextBytes(name);
            if (random.nextBoolean()) {
                name[0] = new byte[] {0, 1, 0x7f, (byte) 0x80, (byte) 0xff}[random.nextInt(5)];
            }
            names.add(Bytes.wrap(name));
        }
        List<Write> writes = new ArrayList<>();
        for (Bytes name : names) {
            writes.add(new Write.Put(new Key(partition, name), name.toArray()));
            if (writes.size() == 50) {
                session.write(writes.toArray(Write[]::new));
                writes.clear();
            }
        }
        session.write(writes.toArray(Write[]::new));
        for (int page : new int[] {1, 7, 10_000}) {
            List<Map.Entry<Key, Value>> all = scanAll(engine, new Prefix(partition, Bytes.EMPTY), page);
            assertThat(all.stream().map(e -> e.getKey().name())).containsExactlyElementsOf(names);
            all.forEach(e ->
                    assertThat(e.getValue().bytes()).isEqualTo(e.getKey().name().toArray()));
        }
        for (byte first : new byte[] {0, 1, 0x7f, (byte) 0x80, (byte) 0xff}) {
            Bytes start = Bytes.wrap(new byte[] {first});
            assertThat(scanAll(engine, new Prefix(partition, start), 5).stream()
                            .map(e -> e.getKey().name()))
                    .containsExactlyElementsOf(
                            names.stream().filter(n -> n.startsWith(start)).toList());
        }
    }

    @Test
    default void scanGoesOnAfterAnyName() throws Exception {
        MetaEngine engine = client();
        TestSession session = new TestSession(engine);
        session.write(put(key("."), ""), put(key("ea"), ""), put(key("ec"), ""), put(key("f"), ""));
        Prefix entries = new Prefix(Bytes.of("D1"), Bytes.of("e"));
        assertThat(names(engine.scan(entries, null, 1))).containsExactly("ea");
        assertThat(names(engine.scan(entries, Bytes.of("ea"), 10))).containsExactly("ec");
        assertThat(names(engine.scan(entries, Bytes.of("eb"), 10))).containsExactly("ec");
        assertThat(names(engine.scan(entries, Bytes.of("ec"), 10))).isEmpty();
        assertThat(names(engine.scan(entries, Bytes.of("."), 10))).containsExactly("ea", "ec");
        assertThat(names(engine.scan(entries, Bytes.of("z"), 10))).isEmpty();
        // A name deleted between two pages is no obstacle.
        session.write(new Write.Delete(key("ea")));
        assertThat(names(engine.scan(entries, Bytes.of("ea"), 10))).containsExactly("ec");
        for (int limit : new int[] {0, -1, 10_001}) {
            assertThatThrownBy(() -> engine.scan(entries, null, limit))
                    .isInstanceOfSatisfying(
                            MetaException.class, e -> assertThat(e.kind()).isEqualTo(Kind.INVALID));
        }
    }

    @Test
    default void scanOfAPartitionThatChangesMissesNothingThatStays() throws Exception {
        MetaEngine engine = client();
        MetaEngine other = client();
        List<Key> stays = fill(new TestSession(engine), "D1", 500);
        AtomicBoolean done = new AtomicBoolean();
        Threads.run(2, i -> {
            if (i == 0) {
                TestSession session = new TestSession(other);
                for (int n = 0; !done.get(); n++) {
                    session.write(
                            put(key("k" + n % 500 + "x"), ""), new Write.Delete(key("k" + (n + 250) % 500 + "x")));
                }
                return;
            }
            try {
                for (int round = 0; round < 5; round++) {
                    List<Key> found = scanAll(engine, new Prefix(Bytes.of("D1"), Bytes.EMPTY), 50).stream()
                            .map(Map.Entry::getKey)
                            .toList();
                    assertThat(found).containsAll(stays).doesNotHaveDuplicates().isSorted();
                }
            } finally {
                done.set(true);
            }
        });
    }

    @Test
    default void exportIsEverythingInOrder() throws Exception {
        MetaEngine engine = client();
        TestSession session = new TestSession(engine);
        List<Key> keys = new ArrayList<>(fill(session, "D1", 300));
        keys.addAll(fill(session, "I" + '\u0001', 50));
        session.write(add(key("V", "n"), 5), put(key("V", "empty"), ""));
        keys.addAll(List.of(key("V", "n"), key("V", "empty"), session.slot()));
        Map<Key, byte[]> exported = new HashMap<>();
        List<Key> order = new ArrayList<>();
        engine.export((key, value) -> {
            order.add(key);
            exported.put(key, value);
        });
        assertThat(exported.keySet()).containsExactlyInAnyOrderElementsOf(keys);
        assertThat(order).hasSameSizeAs(exported.keySet());
        Map<Key, Value> read = engine.get(keys, List.of());
        read.forEach((key, value) -> assertThat(exported.get(key)).isEqualTo(value.bytes()));
        Set<Bytes> finished = new HashSet<>();
        for (int i = 1; i < order.size(); i++) {
            Key last = order.get(i - 1);
            if (order.get(i).partition().equals(last.partition())) {
                assertThat(order.get(i).name()).isGreaterThan(last.name());
            } else {
                assertThat(finished.add(last.partition()))
                        .as("partitions in one piece")
                        .isTrue();
            }
        }
    }

    @Test
    default void exportIsOneInstantWhereItSaysSo() throws Exception {
        MetaEngine engine = client();
        MetaEngine other = client();
        fill(new TestSession(engine), "D5", 300);
        AtomicBoolean done = new AtomicBoolean();
        Threads.run(2, i -> {
            if (i == 0) {
                TestSession session = new TestSession(other);
                while (!done.get()) {
                    session.write(add(key("D1", "n"), 1), add(key("D1", "z"), 1), add(key("D9", "n"), 1));
                }
                return;
            }
            try {
                for (int round = 0; round < 5; round++) {
                    Map<Key, Long> sums = new HashMap<>();
                    engine.export((key, value) -> {
                        if (key.partition().equals(Bytes.of("D1"))
                                || key.partition().equals(Bytes.of("D9"))) {
                            sums.put(key, Cell.decode(value).sums()[0]);
                        }
                    });
                    assertThat(sums.get(key("D1", "n"))).isEqualTo(sums.get(key("D1", "z")));
                    if (engine.info().snapshotExport()) {
                        assertThat(sums.get(key("D9", "n"))).isEqualTo(sums.get(key("D1", "n")));
                    }
                }
            } finally {
                done.set(true);
            }
        });
    }

    @Test
    default void aClosedClientRefuses() throws Exception {
        MetaEngine engine = client();
        engine.get(List.of(key("a")), List.of());
        engine.close();
        engine.close();
        assertThatThrownBy(() -> engine.get(List.of(key("a")), List.of())).isInstanceOf(MetaException.class);
        assertThatThrownBy(() -> new TestSession(engine)).isInstanceOf(MetaException.class);
    }

    @Test
    default void destroyLeavesNothing() throws Exception {
        MetaEngine engine = client();
        fill(new TestSession(engine), "D1", 100);
        engine.destroy();
        assertThatThrownBy(() -> engine.get(List.of(key("k1")), List.of())).isInstanceOf(MetaException.class);
    }

    private static List<Key> fill(TestSession session, String partition, int count) throws MetaException {
        List<Key> keys = new ArrayList<>();
        List<Write> writes = new ArrayList<>();
        for (int n = 0; n < count; n++) {
            Key key = key(partition, "k" + n);
            keys.add(key);
            writes.add(put(key, "v" + n));
            if (writes.size() == 100 || n == count - 1) {
                session.write(writes.toArray(Write[]::new));
                writes.clear();
            }
        }
        return keys;
    }

    private static List<String> names(List<Map.Entry<Key, Value>> page) {
        return page.stream().map(e -> e.getKey().name().toString()).toList();
    }
}
