package dev.leat.meta.engine;

import static dev.leat.meta.engine.ContractVolume.key;
import static dev.leat.meta.engine.ContractVolume.put;
import static dev.leat.meta.engine.ContractVolume.read;
import static dev.leat.meta.engine.ContractVolume.scanAll;
import static dev.leat.meta.engine.ContractVolume.stampAt;
import static dev.leat.meta.engine.ContractVolume.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.meta.engine.CommitResult.Failed;
import dev.leat.meta.engine.MetaException.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Checks, writes, stamps and limits of one commit after another. */
interface CommitContract extends ContractVolume {

    @Test
    default void putIsReadBackByEveryClientWithTheCommitsStamp() throws Exception {
        MetaEngine engine = client();
        MetaEngine other = client();
        TestSession session = new TestSession(engine);
        Commit commit =
                session.next(List.of(), List.of(put(key("a"), "1"), put(key("b"), ""), put(key("D2", "a"), "3")));
        assertThat(session.send(commit)).isEqualTo(CommitResult.APPLIED);
        for (MetaEngine client : List.of(engine, other)) {
            assertThat(text(client, key("a"))).isEqualTo("1");
            assertThat(text(client, key("b"))).isEmpty();
            assertThat(text(client, key("D2", "a"))).isEqualTo("3");
            assertThat(stampAt(client, key("a"))).isEqualTo(commit.stamp());
            assertThat(stampAt(client, key("D2", "a"))).isEqualTo(commit.stamp());
        }
    }

    @Test
    default void stampsKeepAll64BitsOfBothHalves() throws Exception {
        MetaEngine engine = client();
        Stamp stamp = new Stamp(0x8000_0000_0000_0001L, Long.MAX_VALUE - 5);
        Commit commit = new Commit(null, stamp, List.of(), List.of(put(key("a"), "1")), false);
        assertThat(engine.commit(commit)).isEqualTo(CommitResult.APPLIED);
        assertThat(stampAt(engine, key("a"))).isEqualTo(stamp);
        Commit second = new Commit(
                null, new Stamp(-1, 7), List.of(new Check.At(key("a"), stamp)), List.of(put(key("a"), "2")), false);
        assertThat(engine.commit(second)).isEqualTo(CommitResult.APPLIED);
        assertThat(stampAt(engine, key("a"))).isEqualTo(new Stamp(-1, 7));
    }

    @Test
    default void deleteRemovesAndIsFineWhenThereIsNothing() throws Exception {
        MetaEngine engine = client();
        TestSession session = new TestSession(engine);
        session.write(put(key("a"), "1"), new Write.Delete(key("never")));
        session.write(new Write.Delete(key("a")));
        assertThat(read(engine, key("a"))).isNull();
        assertThat(engine.scan(new Prefix(Bytes.of("D1"), Bytes.EMPTY), null, 10))
                .isEmpty();
    }

    @Test
    default void checksHoldOrFailWithTheCurrentValue() throws Exception {
        MetaEngine engine = client();
        TestSession session = new TestSession(engine);
        session.write(put(key("a"), "1"), put(key("b"), "2"));
        Stamp stamp = stampAt(engine, key("a"));
        List<Check> holding =
                List.of(new Check.At(key("a"), stamp), new Check.Exists(key("b")), new Check.Absent(key("c")));
        assertThat(session.commit(holding, List.of(put(key("d"), "x")))).isEqualTo(CommitResult.APPLIED);

        Failed failed = failed(session.commit(
                List.of(
                        new Check.At(key("a"), new Stamp(stamp.session(), stamp.sequence() + 99)),
                        new Check.At(key("gone"), stamp),
                        new Check.Exists(key("none")),
                        new Check.Absent(key("b")),
                        new Check.Exists(key("d"))),
                List.of(put(key("e"), "x"), new Write.Delete(key("a")))));
        assertThat(failed.current().keySet()).containsExactlyInAnyOrder(key("a"), key("gone"), key("none"), key("b"));
        Value current = failed.now(key("a"));
        assertThat(current).isNotNull();
        assertThat(current.bytes()).isEqualTo("1".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertThat(current.stamp()).isEqualTo(stamp);
        Value there = failed.now(key("b"));
        assertThat(there == null ? null : there.stamp()).isEqualTo(stamp);
        assertThat(failed.current().get(key("gone"))).isEqualTo(Optional.empty());
        assertThat(failed.current().get(key("none"))).isEqualTo(Optional.empty());
        assertThat(read(engine, key("e"))).isNull();
        assertThat(text(engine, key("a"))).isEqualTo("1");
    }

    @Test
    default void emptyLooksAtOnePrefixOfOnePartition() throws Exception {
        MetaEngine engine = client();
        TestSession session = new TestSession(engine);
        session.write(put(key("."), "dir"), put(key("D10", "ex"), "other"));
        Check empty = new Check.Empty(new Prefix(Bytes.of("D1"), Bytes.of("e")));
        assertThat(session.commit(List.of(empty), List.of(put(key("m"), "1")))).isEqualTo(CommitResult.APPLIED);
        session.write(put(key("ea"), "1"), put(key("eb"), "2"));
        Failed failed = failed(session.commit(List.of(empty), List.of(new Write.Delete(key(".")))));
        assertThat(failed.current()).hasSize(1);
        Key witness = failed.current().keySet().iterator().next();
        assertThat(witness).isIn(key("ea"), key("eb"));
        assertThat(failed.current().get(witness)).isPresent();
        assertThat(read(engine, key("."))).isNotNull();
        Check all = new Check.Empty(new Prefix(Bytes.of("D2"), Bytes.EMPTY));
        assertThat(session.commit(List.of(all), List.of(put(key("D2", "x"), "1"))))
                .isEqualTo(CommitResult.APPLIED);
        assertThat(session.commit(List.of(all), List.of(put(key("D2", "y"), "1"))))
                .isInstanceOf(Failed.class);
    }

    @Test
    default void emptyHoldsAroundBytesAtTheEndOfTheOrder() throws Exception {
        MetaEngine engine = client();
        TestSession session = new TestSession(engine);
        Bytes partition = Bytes.of("D1");
        Bytes high = Bytes.wrap(new byte[] {(byte) 0xff, (byte) 0xff});
        session.write(put(new Key(partition, Bytes.wrap(new byte[] {(byte) 0xfe, 1})), "below"));
        Check empty = new Check.Empty(new Prefix(partition, high));
        Key inside = new Key(partition, Bytes.wrap(new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff}));
        assertThat(session.commit(List.of(empty), List.of(put(inside, "1")))).isEqualTo(CommitResult.APPLIED);
        assertThat(session.commit(List.of(empty), List.of(put(key("x"), "1")))).isInstanceOf(Failed.class);
    }

    @Test
    default void checksSeeTheStateBeforeTheWrites() throws Exception {
        MetaEngine engine = client();
        TestSession session = new TestSession(engine);
        session.write(put(key("ea"), "1"));
        Stamp stamp = stampAt(engine, key("ea"));
        assertThat(session.commit(
                        List.of(
                                new Check.At(key("ea"), stamp),
                                new Check.Absent(key("eb")),
                                new Check.Empty(new Prefix(Bytes.of("D1"), Bytes.of("eb")))),
                        List.of(new Write.Delete(key("ea")), put(key("eb"), "1"))))
                .isEqualTo(CommitResult.APPLIED);
        assertThat(text(engine, key("eb"))).isEqualTo("1");
        assertThat(read(engine, key("ea"))).isNull();
    }

    @Test
    default void deleteAndCreateIsANewStamp() throws Exception {
        MetaEngine engine = client();
        TestSession session = new TestSession(engine);
        session.write(put(key("a"), "same"));
        Stamp first = stampAt(engine, key("a"));
        session.write(new Write.Delete(key("a")));
        session.write(put(key("a"), "same"));
        assertThat(stampAt(engine, key("a"))).isNotEqualTo(first);
        assertThat(session.commit(List.of(new Check.At(key("a"), first)), List.of(put(key("a"), "2"))))
                .isInstanceOf(Failed.class);
    }

    @Test
    default void aFailedCommitLeavesNothing() throws Exception {
        MetaEngine engine = client();
        TestSession session = new TestSession(engine);
        session.write(put(key("a"), "1"), put(key("b"), "2"));
        List<Write> writes = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            writes.add(put(key("new" + i), "x"));
        }
        writes.add(new Write.Delete(key("a")));
        assertThat(session.commit(List.of(new Check.Absent(key("b"))), writes)).isInstanceOf(Failed.class);
        assertThat(scanAll(engine, new Prefix(Bytes.of("D1"), Bytes.EMPTY), 100))
                .hasSize(2);
    }

    @Test
    default void aDurableCommitAndSyncReturn() throws Exception {
        MetaEngine engine = client();
        TestSession session = new TestSession(engine);
        Commit next = session.next(List.of(), List.of(put(key("a"), "1")));
        assertThat(session.send(new Commit(next.slot(), next.stamp(), next.checks(), next.writes(), true)))
                .isEqualTo(CommitResult.APPLIED);
        session.write(put(key("b"), "1"));
        engine.sync();
        assertThat(text(client(), key("a"))).isEqualTo("1");
    }

    @Test
    default void limitsAreKeptExactly() throws Exception {
        MetaEngine engine = client();
        TestSession session = new TestSession(engine);
        List<Check> checks = new ArrayList<>();
        List<Write> writes = new ArrayList<>();
        for (int i = 0; i < Commit.OPERATIONS_MAX / 2; i++) {
            checks.add(new Check.Absent(key("c" + i)));
            writes.add(put(key("w" + i), "x"));
        }
        assertThat(session.commit(checks, writes)).isEqualTo(CommitResult.APPLIED);
        checks.add(new Check.Absent(key("more")));
        refused(session, session.next(checks, writes));

        byte[] half = new byte[Commit.VALUES_BYTES_MAX / 2];
        half[7] = (byte) 0x80;
        assertThat(session.commit(List.of(), List.of(new Write.Put(key("x"), half), new Write.Put(key("y"), half))))
                .isEqualTo(CommitResult.APPLIED);
        Value read = read(engine, key("y"));
        assertThat(read == null ? null : read.bytes()).isEqualTo(half);
        refused(
                session,
                session.next(
                        List.of(),
                        List.of(new Write.Put(key("x"), half), new Write.Put(key("y"), half), put(key("z"), "1"))));

        Key longest = new Key(Bytes.of("D1"), Bytes.wrap(new byte[CommitRules.KEY_BYTES_MAX - 2]));
        Key longer = new Key(Bytes.of("D1"), Bytes.wrap(new byte[CommitRules.KEY_BYTES_MAX - 1]));
        assertThat(session.commit(List.of(new Check.Absent(longest)), List.of(put(longest, "1"))))
                .isEqualTo(CommitResult.APPLIED);
        assertThat(text(engine, longest)).isEqualTo("1");
        refused(session, session.next(List.of(), List.of(put(longer, "1"))));
        refused(session, session.next(List.of(new Check.Absent(longer)), List.of(put(key("a"), "1"))));
        refused(session, session.next(List.of(), List.of(put(key("k"), "1"), new Write.Delete(key("k")))));
        refused(session, session.next(List.of(), List.of(new Write.Delete(session.slot()))));
        assertThat(read(engine, key("k"))).isNull();
        session.write(put(key("k"), "the slot is as it was"));
    }

    private static void refused(TestSession session, Commit commit) {
        assertThatThrownBy(() -> session.send(commit)).isInstanceOfSatisfying(MetaException.class, e -> {
            assertThat(e.kind()).isEqualTo(Kind.INVALID);
            assertThat(e.getMessage()).doesNotContain("\n");
        });
    }

    private static Failed failed(CommitResult result) {
        assertThat(result).isInstanceOf(Failed.class);
        return (Failed) result;
    }
}
