package dev.leat.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** {@link RangeSet} beside a plain set of bits. */
final class RangeSetTest {
    private static final int POSITIONS = 300;

    @Test
    void behavesAsASetOfPositions() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 300; round++) {
            RangeSet set = new RangeSet();
            BitSet model = new BitSet();
            for (int step = 0; step < 60; step++) {
                int start = random.nextInt(POSITIONS);
                int end = start + random.nextInt(40);
                if (random.nextInt(3) > 0) {
                    set.add(start, end);
                    model.set(start, end);
                } else {
                    set.remove(start, end);
                    model.clear(start, end);
                }
                check(set, model, "seed " + seed + " round " + round + " step " + step);
            }
        }
    }

    private static void check(RangeSet set, BitSet model, String where) {
        assertThat(set.totalBytes()).as(where).isEqualTo(model.cardinality());
        BitSet seen = new BitSet();
        long last = -1;
        for (RangeSet.Range range : set.toList()) {
            assertThat(range.start()).as(where + ": ranges never touch").isGreaterThan(last);
            seen.set((int) range.start(), (int) range.end());
            last = range.end();
        }
        assertThat(seen).as(where).isEqualTo(model);
        for (int position = 0; position < POSITIONS; position += 7) {
            int end = Math.min(POSITIONS + 40, position + 50);
            boolean inside = model.get(position);
            int pieceEnd = inside ? model.nextClearBit(position) : model.nextSetBit(position);
            pieceEnd = pieceEnd < 0 ? end : Math.min(end, pieceEnd);
            assertThat(set.pieceEnd(position, end)).as(where).isEqualTo(inside ? pieceEnd : -pieceEnd);
            assertThat(set.containsAll(position, end)).as(where).isEqualTo(model.nextClearBit(position) >= end);
            int next = model.nextSetBit(position);
            assertThat(set.intersects(position, end)).as(where).isEqualTo(next >= 0 && next < end);
        }
    }

    @Test
    void knowsTheRangeThatEndsHere() {
        RangeSet set = new RangeSet();
        set.add(10, 20);
        set.add(30, 40);
        assertThat(set.startOfRangeEndingAt(40)).isEqualTo(30);
        assertThat(set.startOfRangeEndingAt(35)).isEqualTo(-1);
        assertThat(set.startOfRangeEndingAt(20)).isEqualTo(10);
        assertThat(set.startOfRangeEndingAt(5)).isEqualTo(-1);
    }
}
