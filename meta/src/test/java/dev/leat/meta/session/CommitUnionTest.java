package dev.leat.meta.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Cell;
import dev.leat.meta.engine.Check;
import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.Prefix;
import dev.leat.meta.engine.Stamp;
import dev.leat.meta.engine.Write;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What can be one commit and what cannot. */
class CommitUnionTest {
    private static final Key DIR = key("D1", ".");
    private static final Key CELL = key("D1", "#1");
    private static final Check DIR_AS_READ = new Check.At(DIR, new Stamp(1, 1));

    private static Key key(String partition, String name) {
        return new Key(Bytes.of(partition), Bytes.of(name));
    }

    private static Key entry(String name) {
        return key("D1", "e" + name);
    }

    private static CommitPart part(List<Check> checks, List<Write> writes) {
        return new CommitPart(checks, writes, false, 0);
    }

    private static Write put(Key key, int bytes) {
        return new Write.Put(key, new byte[bytes]);
    }

    private static Write add(long count, long... bounds) {
        return new Write.Merge(CELL, new Cell(new long[] {count}, new long[] {count}), bounds);
    }

    private static CommitPart create(String name) {
        return part(List.of(DIR_AS_READ, new Check.Absent(entry(name))), List.of(put(entry(name), 10), add(1)));
    }

    private static boolean together(CommitPart one, CommitPart other) {
        boolean oneFirst = new CommitUnion(one).add(other);
        assertThat(new CommitUnion(other).add(one)).isEqualTo(oneFirst);
        return oneFirst;
    }

    @Test
    void creationsInOneDirectoryShareItsCheckAndItsCell() {
        CommitUnion union = new CommitUnion(create("a"));
        assertThat(union.add(create("b"))).isTrue();
        assertThat(union.add(create("c"))).isTrue();
        assertThat(union.parts()).hasSize(3);
        assertThat(union.checks())
                .containsExactlyInAnyOrder(
                        DIR_AS_READ,
                        new Check.Absent(entry("a")),
                        new Check.Absent(entry("b")),
                        new Check.Absent(entry("c")));
        assertThat(union.writes()).hasSize(4);
        assertThat(union.writes())
                .filteredOn(Write.Merge.class::isInstance)
                .singleElement()
                .satisfies(write -> {
                    Cell delta = ((Write.Merge) write).delta();
                    assertThat(delta.sums()).containsExactly(3);
                    assertThat(delta.maxima()).containsExactly(1);
                });
    }

    @Test
    void whatOneWritesTheOtherMustNotCheckOrWrite() {
        assertThat(together(create("a"), create("a"))).isFalse();
        CommitPart chmod = part(List.of(DIR_AS_READ), List.of(put(DIR, 10)));
        assertThat(together(create("a"), chmod)).isFalse();
        CommitPart remove = part(List.of(new Check.Exists(entry("a"))), List.of(new Write.Delete(entry("a"))));
        assertThat(together(create("a"), remove)).isFalse();
        assertThat(together(part(List.of(), List.of(put(DIR, 1))), part(List.of(), List.of(put(DIR, 1)))))
                .isFalse();
        assertThat(together(part(List.of(), List.of(add(1))), part(List.of(), List.of(put(CELL, 1)))))
                .isFalse();
        assertThat(together(part(List.of(), List.of(add(1))), part(List.of(new Check.Exists(CELL)), List.of())))
                .isFalse();
    }

    @Test
    void nothingIsMadeInADirectoryThatMustBeEmpty() {
        Prefix entries = new Prefix(Bytes.of("D1"), Bytes.of("e"));
        CommitPart rmdir = part(List.of(new Check.Empty(entries)), List.of(put(key("D0", "eD1"), 0)));
        assertThat(together(rmdir, create("a"))).isFalse();
        CommitPart elsewhere = part(List.of(), List.of(put(key("D2", "ea"), 1)));
        assertThat(together(rmdir, elsewhere)).isTrue();
    }

    @Test
    void contradictoryChecksDoNotFailTogether() {
        CommitPart newer = part(List.of(new Check.At(DIR, new Stamp(1, 2))), List.of(put(entry("b"), 1)));
        assertThat(together(create("a"), newer)).isFalse();
    }

    @Test
    void boundsAreForOneAlone() {
        assertThat(together(part(List.of(), List.of(add(1, 10))), part(List.of(), List.of(add(1)))))
                .isFalse();
        assertThat(together(part(List.of(), List.of(add(1, 10))), part(List.of(), List.of(add(1, 10)))))
                .isFalse();
    }

    @Test
    void limitsOfACommitHold() {
        CommitUnion union = new CommitUnion(create("0"));
        int taken = 1;
        while (union.add(create("" + taken))) {
            taken++;
        }
        int operations = union.checks().size() + union.writes().size();
        assertThat(operations).isLessThanOrEqualTo(Commit.OPERATIONS_MAX).isGreaterThan(Commit.OPERATIONS_MAX - 8);
        CommitPart half = part(List.of(), List.of(put(entry("x"), Commit.VALUES_BYTES_MAX / 2 + 1)));
        CommitPart otherHalf = part(List.of(), List.of(put(entry("y"), Commit.VALUES_BYTES_MAX / 2)));
        assertThat(together(half, otherHalf)).isFalse();
    }
}
