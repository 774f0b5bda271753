package dev.leat.meta.engine;

import static dev.leat.meta.engine.ContractVolume.add;
import static dev.leat.meta.engine.ContractVolume.key;
import static dev.leat.meta.engine.ContractVolume.put;
import static dev.leat.meta.engine.ContractVolume.read;
import static dev.leat.meta.engine.ContractVolume.scanAll;
import static dev.leat.meta.engine.ContractVolume.stampAt;
import static dev.leat.meta.engine.ContractVolume.sum;
import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.meta.engine.CommitResult.Applied;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What 16 threads on two clients may and may not do to each other. */
interface RaceContract extends ContractVolume {
    /** Threads of each race. */
    int RACERS = 16;

    @Test
    default void oneOfManyClaimsWins() throws Exception {
        TestSession[] sessions = sessions(RACERS);
        MetaEngine reader = client();
        for (int round = 0; round < 25 * effort(); round++) {
            Key key = key("claim" + round);
            AtomicInteger won = new AtomicInteger();
            Threads.run(RACERS, i -> {
                CommitResult result = sessions[i].commit(List.of(new Check.Absent(key)), List.of(put(key, "by " + i)));
                if (result instanceof Applied) {
                    won.incrementAndGet();
                } else {
                    assertThat(((CommitResult.Failed) result).current().get(key))
                            .isPresent();
                }
            });
            assertThat(won).hasValue(1);
            assertThat(read(reader, key)).isNotNull();
        }
    }

    @Test
    default void noUpdateIsLost() throws Exception {
        MetaEngine[] engines = {client(), client()};
        new TestSession(engines[0]).write(put(key("n"), "0"));
        int each = (int) (25 * effort());
        Threads.run(RACERS, i -> {
            MetaEngine engine = engines[i % 2];
            TestSession session = new TestSession(engine);
            Value current = read(engine, key("n"));
            for (int n = 0; n < each; ) {
                assertThat(current).isNotNull();
                String next = Integer.toString(Integer.parseInt(utf8(current)) + 1);
                CommitResult result =
                        session.commit(List.of(new Check.At(key("n"), current.stamp())), List.of(put(key("n"), next)));
                if (result instanceof CommitResult.Failed failed) {
                    current = failed.now(key("n"));
                } else {
                    n++;
                    current = read(engine, key("n"));
                }
            }
        });
        assertThat(ContractVolume.text(engines[1], key("n"))).isEqualTo(Integer.toString(each * RACERS));
    }

    @Test
    default void rmdirAndCreateExcludeEachOther() throws Exception {
        TestSession[] sessions = sessions(RACERS);
        MetaEngine engine = client();
        int removed = 0;
        for (int round = 0; round < 25 * effort(); round++) {
            String dir = "D" + (100 + round);
            sessions[0].write(put(key(dir, "."), "dir"));
            Stamp stamp = stampAt(engine, key(dir, "."));
            AtomicInteger rmdirs = new AtomicInteger();
            AtomicInteger creates = new AtomicInteger();
            Threads.run(RACERS, i -> {
                Check alive = new Check.At(key(dir, "."), stamp);
                if (i % 4 == 0) {
                    CommitResult result = sessions[i].commit(
                            List.of(alive, new Check.Empty(new Prefix(Bytes.of(dir), Bytes.of("e")))),
                            List.of(new Write.Delete(key(dir, ".")), add(key("root"), -1)));
                    rmdirs.addAndGet(result instanceof Applied ? 1 : 0);
                } else {
                    CommitResult result = sessions[i].commit(
                            List.of(alive, new Check.Absent(key(dir, "e" + i))), List.of(put(key(dir, "e" + i), "f")));
                    creates.addAndGet(result instanceof Applied ? 1 : 0);
                }
            });
            List<Map.Entry<Key, Value>> left = scanAll(engine, new Prefix(Bytes.of(dir), Bytes.EMPTY), 100);
            if (rmdirs.get() == 1) {
                removed++;
                assertThat(creates).hasValue(0);
                assertThat(left).isEmpty();
            } else {
                assertThat(rmdirs).hasValue(0);
                assertThat(creates).hasValue(RACERS - RACERS / 4);
                assertThat(left).hasSize(1 + creates.get());
            }
        }
        assertThat(sum(engine, key("root"))).isEqualTo(-removed);
    }

    @Test
    default void checksOnEachOthersWritesExcludeEachOther() throws Exception {
        TestSession[] sessions = sessions(2);
        MetaEngine engine = client();
        for (int round = 0; round < 60 * effort(); round++) {
            Key a = key("a" + round);
            Key b = key("b" + round);
            sessions[0].write(put(a, "1"), put(b, "1"));
            Stamp stamp = stampAt(engine, a);
            AtomicInteger won = new AtomicInteger();
            // Each reads what the other writes: both may not take effect (no write skew).
            Threads.run(2, i -> {
                CommitResult result = sessions[i].commit(
                        List.of(new Check.At(i == 0 ? a : b, stamp)), List.of(put(i == 0 ? b : a, "2")));
                won.addAndGet(result instanceof Applied ? 1 : 0);
            });
            assertThat(won).hasValue(1);
        }
    }

    @Test
    default void absenceIsGuardedLikeAValue() throws Exception {
        TestSession[] sessions = sessions(2);
        MetaEngine engine = client();
        for (int round = 0; round < 60 * effort(); round++) {
            Key owner = key("owner" + round);
            Key part = key("part" + round);
            sessions[0].write(put(owner, "1"));
            // A part may be made only while its owner is there, an owner removed only while it has no part.
            Threads.run(2, i -> {
                if (i == 0) {
                    sessions[0].commit(List.of(new Check.Exists(owner)), List.of(put(part, "1")));
                } else {
                    sessions[1].commit(List.of(new Check.Absent(part)), List.of(new Write.Delete(owner)));
                }
            });
            Map<Key, Value> left = engine.get(List.of(owner, part), List.of());
            assertThat(left.size())
                    .as("a part without owner, or neither took effect")
                    .isIn(0, 2);
            assertThat(left.containsKey(part)).isEqualTo(left.containsKey(owner));
        }
    }

    @Test
    default void commitsOverManyKeysInAnyOrderNeitherBlockNorMix() throws Exception {
        long seed = ContractVolume.seed("commitsOverManyKeysInAnyOrderNeitherBlockNorMix");
        TestSession[] sessions = sessions(RACERS);
        MetaEngine engine = client();
        int each = (int) (25 * effort());
        List<Key> keys = new ArrayList<>();
        for (int n = 0; n < 20; n++) {
            keys.add(key("D" + n % 3, "k" + n));
        }
        Threads.run(RACERS, i -> {
            Random random = new Random(seed + i);
            for (int n = 0; n < each; n++) {
                List<Key> shuffled = new ArrayList<>(keys);
                Collections.shuffle(shuffled, random);
                List<Check> checks = new ArrayList<>();
                if (n > 0) {
                    shuffled.subList(10, 15).forEach(key -> checks.add(new Check.Exists(key)));
                }
                List<Write> writes = new ArrayList<>();
                (n == 0 ? shuffled : shuffled.subList(0, 10)).forEach(key -> writes.add(add(key, 1)));
                assertThat(sessions[i].commit(checks, writes)).isEqualTo(CommitResult.APPLIED);
            }
        });
        long total = 0;
        for (Key key : keys) {
            total += sum(engine, key);
        }
        assertThat(total).isEqualTo(RACERS * (20L + 10L * (each - 1)));
    }

    @Test
    default void concurrentMovesOfDirectoriesMakeNoCycle() throws Exception {
        long seed = ContractVolume.seed("concurrentMovesOfDirectoriesMakeNoCycle");
        MetaEngine[] engines = {client(), client()};
        int dirs = 6;
        Key epoch = key("V", "rename");
        TestSession setup = new TestSession(engines[0]);
        setup.write(put(epoch, "0"));
        for (int d = 1; d <= dirs; d++) {
            setup.write(put(key("P", "d" + d), "0"));
        }
        AtomicInteger moved = new AtomicInteger();
        Threads.run(8, i -> {
            Random random = new Random(seed + i);
            TestSession session = new TestSession(engines[i % 2]);
            for (int n = 0; n < 40 * effort(); n++) {
                int dir = 1 + random.nextInt(dirs);
                int target = 1 + random.nextInt(dirs);
                Stamp before = stampAt(engines[i % 2], epoch);
                if (dir != target && !isBelow(engines[i % 2], target, dir, dirs)) {
                    CommitResult result = session.commit(
                            List.of(new Check.At(epoch, before)),
                            List.of(put(key("P", "d" + dir), Integer.toString(target)), put(epoch, "moved")));
                    moved.addAndGet(result instanceof Applied ? 1 : 0);
                }
            }
        });
        for (int d = 1; d <= dirs; d++) {
            assertThat(depth(engines[0], d)).as("d%d hangs on the root", d).isLessThanOrEqualTo(dirs);
        }
        assertThat(moved.get()).isPositive();
    }

    @Test
    default void sixteenSessionsKeepTheirOwnOrder() throws Exception {
        TestSession[] sessions = sessions(RACERS);
        MetaEngine engine = client();
        int each = (int) (30 * effort());
        Threads.run(RACERS, i -> {
            for (int n = 1; n <= each; n++) {
                sessions[i].write(add(key("cell" + i), 1), add(key("all"), 1));
                assertThat(sum(engine, key("cell" + i))).isEqualTo(n);
            }
        });
        assertThat(sum(engine, key("all"))).isEqualTo((long) RACERS * each);
        Set<Key> slots = new HashSet<>();
        for (TestSession session : sessions) {
            slots.add(session.slot());
        }
        assertThat(engine.get(new ArrayList<>(slots), List.of())).hasSize(RACERS);
    }

    @Test
    default void virtualThreadsMayCallToo() throws Exception {
        MetaEngine engine = client();
        int threads = 64;
        java.util.concurrent.CountDownLatch done = new java.util.concurrent.CountDownLatch(threads);
        for (int i = 0; i < threads; i++) {
            int index = i;
            Thread.ofVirtual().start(() -> {
                try {
                    TestSession session = new TestSession(engine);
                    for (int n = 1; n <= 10; n++) {
                        session.write(add(key("v" + index), 1), add(key("all"), 1));
                        assertThat(sum(engine, key("v" + index))).isEqualTo(n);
                    }
                    done.countDown();
                } catch (MetaException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
        }
        assertThat(done.await(2, java.util.concurrent.TimeUnit.MINUTES)).isTrue();
        assertThat(sum(engine, key("all"))).isEqualTo(threads * 10L);
    }

    @Test
    default void anInterruptEndsACallAndHarmsNobody() throws Exception {
        MetaEngine engine = client();
        TestSession other = new TestSession(engine);
        for (int round = 0; round < 20; round++) {
            TestSession session = new TestSession(engine);
            Key mine = key("i" + round);
            Thread thread = Thread.ofPlatform().start(() -> {
                try {
                    CommitResult result = CommitResult.APPLIED;
                    while (result instanceof Applied) {
                        result = session.commit(List.of(), List.of(add(mine, 1)));
                    }
                } catch (MetaException e) {
                    // In doubt, as after a lost reply.
                }
            });
            while (sum(engine, mine) < 2) {
                other.write(add(key("other"), 1));
            }
            thread.interrupt();
            // An engine need not notice; then only the slot's end stops it.
            other.write(new Write.Delete(session.slot()));
            assertThat(thread.join(java.time.Duration.ofMinutes(2))).isTrue();
            long before = sum(engine, key("other"));
            other.write(add(key("other"), 1));
            assertThat(sum(engine, key("other"))).isEqualTo(before + 1);
        }
    }

    private TestSession[] sessions(int count) throws Exception {
        MetaEngine[] engines = {client(), client()};
        TestSession[] sessions = new TestSession[count];
        for (int i = 0; i < count; i++) {
            sessions[i] = new TestSession(engines[i % 2]);
        }
        return sessions;
    }

    private static boolean isBelow(MetaEngine engine, int dir, int ancestor, int dirs) throws MetaException {
        int at = dir;
        for (int steps = 0; at != 0 && steps <= dirs; steps++) {
            if (at == ancestor) {
                return true;
            }
            at = parent(engine, at);
        }
        return false;
    }

    private static int depth(MetaEngine engine, int dir) throws MetaException {
        int at = dir;
        int depth = 0;
        while (at != 0 && depth < 100) {
            at = parent(engine, at);
            depth++;
        }
        return depth;
    }

    private static int parent(MetaEngine engine, int dir) throws MetaException {
        return Integer.parseInt(utf8(read(engine, key("P", "d" + dir))));
    }

    private static String utf8(@Nullable Value value) {
        if (value == null) {
            throw new AssertionError("nothing there");
        }
        return new String(value.bytes(), StandardCharsets.UTF_8);
    }
}
