package dev.leat.meta.engine;

import static dev.leat.meta.engine.ContractVolume.add;
import static dev.leat.meta.engine.ContractVolume.key;
import static dev.leat.meta.engine.ContractVolume.put;
import static dev.leat.meta.engine.ContractVolume.read;
import static dev.leat.meta.engine.ContractVolume.sum;
import static dev.leat.meta.engine.ContractVolume.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.meta.engine.MetaException.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Exactly once: what slots do for lost replies, dead sessions and mistakes. */
interface SlotContract extends ContractVolume {

    @Test
    default void theSameCommitAgainIsAppliedOnce() throws Exception {
        MetaEngine engine = client();
        TestSession session = new TestSession(engine);
        TestSession other = new TestSession(client());
        session.write(put(key("a"), "1"));
        Commit commit = session.next(
                List.of(new Check.Absent(key("b")), new Check.Exists(key("a"))),
                List.of(put(key("b"), "mine"), add(key("n"), 5)));
        assertThat(session.send(commit)).isEqualTo(CommitResult.APPLIED);
        // Its checks no longer hold and its keys changed hands since: still it was applied, and is not applied again.
        other.write(put(key("b"), "theirs"), new Write.Delete(key("a")));
        assertThat(session.send(commit)).isEqualTo(CommitResult.APPLIED);
        assertThat(client().commit(commit)).isEqualTo(CommitResult.APPLIED);
        assertThat(text(engine, key("b"))).isEqualTo("theirs");
        assertThat(sum(engine, key("n"))).isEqualTo(5);
    }

    @Test
    default void theSlotsRowTellsTheLastCommit() throws Exception {
        MetaEngine engine = client();
        TestSession session = new TestSession(engine);
        session.write(put(key("a"), "1"));
        Commit commit = session.next(List.of(), List.of(put(key("a"), "2")));
        session.send(commit);
        Value row = read(engine, session.slot());
        assertThat(row).isNotNull();
        assertThat(row.bytes()).isEqualTo(CommitRules.slotRow(2, commit.stamp().sequence()));
        assertThat(row.stamp()).isEqualTo(commit.stamp());
    }

    @Test
    default void aFailedCommitLeavesTheSlot() throws Exception {
        MetaEngine engine = client();
        TestSession session = new TestSession(engine);
        session.write(put(key("a"), "1"));
        Commit refused = session.next(List.of(new Check.Absent(key("a"))), List.of(put(key("b"), "1")));
        assertThat(session.send(refused)).isInstanceOf(CommitResult.Failed.class);
        assertThat(session.send(refused)).isInstanceOf(CommitResult.Failed.class);
        // Another commit takes the same sequence.
        session.write(new Write.Delete(key("a")));
        assertThatThrownBy(() -> engine.commit(refused)).satisfies(SlotContract::invalid);
        assertThat(read(engine, key("b"))).isNull();
    }

    @Test
    default void aSlotOutOfTurnIsInvalidAndWritesNothing() throws Exception {
        MetaEngine engine = client();
        TestSession session = new TestSession(engine);
        session.write(put(key("a"), "1"));
        session.write(put(key("a"), "2"));
        for (long sequence : new long[] {0, 1, 2, 4, 100, -1}) {
            Commit commit = new Commit(
                    new Commit.Slot(session.slot(), sequence),
                    session.stamp(),
                    List.of(),
                    List.of(put(key("x"), "1")),
                    false);
            assertThatThrownBy(() -> engine.commit(commit))
                    .as("sequence %d after 2", sequence)
                    .satisfies(SlotContract::invalid);
        }
        assertThat(read(engine, key("x"))).isNull();
        session.write(put(key("a"), "3"));
    }

    @Test
    default void withoutItsSlotASessionIsFenced() throws Exception {
        MetaEngine engine = client();
        TestSession dead = new TestSession(engine);
        TestSession reaper = new TestSession(client());
        dead.write(put(key("a"), "1"));
        Commit late = dead.next(List.of(new Check.Absent(key("a"))), List.of(put(key("b"), "1")));
        reaper.write(new Write.Delete(dead.slot()));
        // Fenced even though its check fails too: the slot is looked at first.
        assertThat(engine.commit(late)).isEqualTo(CommitResult.FENCED);
        assertThat(engine.commit(late)).isEqualTo(CommitResult.FENCED);
        assertThat(read(engine, key("b"))).isNull();
        assertThat(read(engine, dead.slot())).isNull();
    }

    @Test
    default void aCommitSentByManyThreadsAtOnceIsAppliedOnce() throws Exception {
        MetaEngine one = client();
        MetaEngine two = client();
        TestSession session = new TestSession(one);
        for (int round = 0; round < 20 * effort(); round++) {
            Commit commit = session.next(List.of(), List.of(add(key("n"), 1), put(key("r" + round), "x")));
            Threads.run(
                    8, i -> assertThat((i % 2 == 0 ? one : two).commit(commit)).isEqualTo(CommitResult.APPLIED));
            session.send(commit);
            assertThat(sum(two, key("n"))).isEqualTo(round + 1);
        }
    }

    @Test
    default void lostRepliesAndDoubledCommitsCountOnce() throws Exception {
        long seed = ContractVolume.seed("lostRepliesAndDoubledCommitsCountOnce");
        FaultyEngine faulty = new FaultyEngine(client(), seed, FaultyEngine.Faults.SOME);
        int threads = 8;
        int commits = (int) (150 * effort());
        Threads.run(threads, i -> {
            TestSession session = new TestSession(faulty);
            for (int n = 0; n < commits; n++) {
                assertThat(session.commit(
                                List.of(new Check.Absent(key("t" + i + "." + n))),
                                List.of(add(key("n"), 1), put(key("t" + i + "." + n), "x"))))
                        .isEqualTo(CommitResult.APPLIED);
            }
        });
        assertThat(sum(client(), key("n"))).isEqualTo((long) threads * commits);
        assertThat(faulty.lostReplies()).isPositive();
        assertThat(faulty.lostBefore()).isPositive();
        assertThat(faulty.doubled()).isPositive();
    }

    @Test
    default void workGoesOnAfterConnectionsAreCut() throws Exception {
        MetaEngine engine = client();
        TestSession session = new TestSession(engine);
        session.write(add(key("n"), 1));
        cutConnections();
        session.write(add(key("n"), 1));
        cutConnections();
        TestSession again = new TestSession(engine);
        again.write(add(key("n"), 1));
        assertThat(sum(client(), key("n"))).isEqualTo(3);
    }

    private static void invalid(Throwable e) {
        assertThat(e)
                .isInstanceOfSatisfying(
                        MetaException.class, m -> assertThat(m.kind()).isEqualTo(Kind.INVALID));
    }
}
