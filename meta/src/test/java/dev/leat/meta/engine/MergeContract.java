package dev.leat.meta.engine;

import static dev.leat.meta.engine.ContractVolume.key;
import static dev.leat.meta.engine.ContractVolume.put;
import static dev.leat.meta.engine.ContractVolume.read;
import static dev.leat.meta.engine.ContractVolume.stampAt;
import static dev.leat.meta.engine.ContractVolume.sum;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.meta.engine.MetaException.Kind;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Cells: sums, maxima and bounds. */
interface MergeContract extends ContractVolume {

    @Test
    default void mergeAddsAndTakesTheMaximum() throws Exception {
        MetaEngine engine = client();
        TestSession session = new TestSession(engine);
        session.write(merge("c", longs(3, -4), longs(100, 0)));
        session.write(merge("c", longs(-5, 10), longs(50, Long.MAX_VALUE)));
        expect(engine, "c", longs(-2, 6), longs(100, Long.MAX_VALUE));
    }

    @Test
    default void mergeKeepsAll64Bits() throws Exception {
        MetaEngine engine = client();
        TestSession session = new TestSession(engine);
        long big = (1L << 53) + 1;
        session.write(merge("c", longs(big, -big), longs(big)));
        session.write(merge("c", longs(big, -big), longs(big + 2)));
        expect(engine, "c", longs(2 * big, -2 * big), longs(big + 2));
        session.write(merge("d", longs(Long.MAX_VALUE - 1, Long.MIN_VALUE + 1), longs(Long.MAX_VALUE - 1)));
        session.write(merge("d", longs(1, -1), longs(Long.MAX_VALUE)));
        expect(engine, "d", longs(Long.MAX_VALUE, Long.MIN_VALUE), longs(Long.MAX_VALUE));
    }

    @Test
    default void cellsOfOtherLengthsMergeAsIfFilledWithZeros() throws Exception {
        MetaEngine engine = client();
        TestSession session = new TestSession(engine);
        session.write(merge("c", longs(1), longs()));
        session.write(merge("c", longs(1, 2, 3), longs(9, 8)));
        session.write(merge("c", longs(), longs(10)));
        expect(engine, "c", longs(2, 2, 3), longs(10, 8));
    }

    @Test
    default void mergeMeetsWhatWasPutAndIsStamped() throws Exception {
        MetaEngine engine = client();
        TestSession session = new TestSession(engine);
        session.write(new Write.Put(key("c"), new Cell(longs(40), longs(7)).encode()));
        Commit commit = session.next(
                List.of(new Check.At(key("c"), stampAt(engine, key("c")))), List.of(merge("c", longs(2), longs(3))));
        assertThat(session.send(commit)).isEqualTo(CommitResult.APPLIED);
        expect(engine, "c", longs(42), longs(7));
        assertThat(stampAt(engine, key("c"))).isEqualTo(commit.stamp());
    }

    @Test
    default void aBoundIsInclusiveAndFailsTheWholeCommit() throws Exception {
        MetaEngine engine = client();
        TestSession session = new TestSession(engine);
        session.write(bounded("q", longs(7, 1), longs(10, Long.MAX_VALUE)));
        session.write(bounded("q", longs(3, Long.MAX_VALUE - 1), longs(10, Long.MAX_VALUE)));
        Stamp stamp = stampAt(engine, key("q"));
        for (long[] over : List.of(longs(1, 0), longs(0, 1))) {
            CommitResult result = session.commit(
                    List.of(), List.of(put(key("x"), "1"), bounded("q", over, longs(10, Long.MAX_VALUE))));
            assertThat(result).isInstanceOfSatisfying(CommitResult.Failed.class, failed -> {
                assertThat(failed.current()).containsOnlyKeys(key("q"));
                Value there = failed.now(key("q"));
                assertThat(there == null ? null : there.stamp()).isEqualTo(stamp);
            });
        }
        assertThat(read(engine, key("x"))).isNull();
        expect(engine, "q", longs(10, Long.MAX_VALUE), longs());
        session.write(bounded("q", longs(-4, 0), longs(10, Long.MAX_VALUE)));
        assertThat(sum(engine, key("q"))).isEqualTo(6);
        CommitResult first = session.commit(List.of(), List.of(bounded("new", longs(11), longs(10))));
        assertThat(first)
                .isInstanceOfSatisfying(
                        CommitResult.Failed.class,
                        failed -> assertThat(failed.current()).containsEntry(key("new"), java.util.Optional.empty()));
    }

    @Test
    default void aMergeWithTheWrongNumberOfBoundsIsInvalid() throws Exception {
        MetaEngine engine = client();
        TestSession session = new TestSession(engine);
        assertThatThrownBy(() -> session.write(bounded("q", longs(1, 2), longs(5))))
                .isInstanceOfSatisfying(
                        MetaException.class, e -> assertThat(e.kind()).isEqualTo(Kind.INVALID));
        assertThat(read(engine, key("q"))).isNull();
    }

    @Test
    default void mergesOfManyClientsCommute() throws Exception {
        long seed = ContractVolume.seed("mergesOfManyClientsCommute");
        int threads = 8;
        long[] sums = new long[3];
        long[] maxima = new long[2];
        MetaEngine[] engines = {client(), client()};
        Threads.run(threads, i -> {
            Random random = new Random(seed + i);
            TestSession session = new TestSession(engines[i % 2]);
            for (int n = 0; n < 100 * effort(); n++) {
                Cell delta = new Cell(
                        random.longs(3, -1000, 1000).toArray(),
                        random.longs(2, 0, 1L << 60).toArray());
                session.write(new Write.Merge(key("c"), delta, longs()));
                synchronized (sums) {
                    for (int s = 0; s < sums.length; s++) {
                        sums[s] += delta.sums()[s];
                    }
                    for (int m = 0; m < maxima.length; m++) {
                        maxima[m] = Math.max(maxima[m], delta.maxima()[m]);
                    }
                }
            }
        });
        expect(engines[0], "c", sums, maxima);
    }

    @Test
    default void boundedMergesNeverOvershoot() throws Exception {
        int limit = (int) (100 * effort());
        AtomicInteger granted = new AtomicInteger();
        MetaEngine[] engines = {client(), client()};
        Threads.run(16, i -> {
            TestSession session = new TestSession(engines[i % 2]);
            while (session.commit(List.of(), List.of(bounded("q", longs(1), longs(limit))))
                    instanceof CommitResult.Applied) {
                granted.incrementAndGet();
            }
        });
        assertThat(granted).hasValue(limit);
        assertThat(sum(engines[1], key("q"))).isEqualTo(limit);
    }

    private static long[] longs(long... values) {
        return values;
    }

    private static Write merge(String name, long[] sums, long[] maxima) {
        return new Write.Merge(key(name), new Cell(sums, maxima), longs());
    }

    private static Write bounded(String name, long[] sums, long[] bounds) {
        return new Write.Merge(key(name), new Cell(sums, longs()), bounds);
    }

    private static void expect(MetaEngine engine, String name, long[] sums, long[] maxima) throws MetaException {
        Value value = read(engine, key(name));
        assertThat(value).isNotNull();
        Cell cell = Cell.decode(value.bytes());
        assertThat(cell.sums()).as(Arrays.toString(cell.sums())).isEqualTo(sums);
        assertThat(cell.maxima()).as(Arrays.toString(cell.maxima())).isEqualTo(maxima);
        assertThat(value.bytes()).isEqualTo(cell.encode());
    }
}
