package dev.leat.meta.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Cell;
import dev.leat.meta.engine.Check;
import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.CommitResult;
import dev.leat.meta.engine.ForwardingEngine;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import dev.leat.meta.engine.Value;
import dev.leat.meta.engine.Write;
import dev.leat.meta.engine.memory.MemoryEngine;
import dev.leat.meta.engine.memory.MemoryVolume;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.record.SessionRecord;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Commits whose fate is unknown for a while. */
class CommitRunnerTest {
    private static final Key KEY = new Key(Bytes.of("D1"), Bytes.of("key"));
    private static final Key OTHER = new Key(Bytes.of("D1"), Bytes.of("other"));

    private final MemoryVolume volume = new MemoryVolume();
    private final MemoryEngine direct = new MemoryEngine(volume);
    private final Network network = new Network(new MemoryEngine(volume));
    private Session session = open(SessionSpec.REQUEST_DEADLINE_DEFAULT);

    private Session open(Duration deadline) {
        try {
            SessionSpec spec = new SessionSpec(
                    "test", SessionSpec.LEASE_DEFAULT, deadline, Clock.systemUTC(), System::nanoTime, false);
            return Session.open(network, spec, "test");
        } catch (FsException e) {
            throw new AssertionError(e);
        }
    }

    /** From now on calls give up soon: only where a test wants that, since a busy machine may be late as well. */
    private void giveUpAfter(Duration deadline) {
        session.close();
        session = open(deadline);
    }

    @AfterEach
    void close() {
        session.close();
        direct.close();
    }

    private static Write put(Key key, String text) {
        return new Write.Put(key, Bytes.of(text).toArray());
    }

    private @Nullable String text(Key key) throws MetaException {
        Value value = direct.get(List.of(key), List.of()).get(key);
        return value == null ? null : Bytes.wrap(value.bytes()).toString();
    }

    @Test
    void aLostReplyIsNoSecondCommit() throws Exception {
        network.next(Fate.REPLY_LOST, Fate.REPLY_LOST);
        assertThat(session.commits()
                        .run(List.of(new Check.Absent(KEY)), List.of(put(KEY, "once")), false)
                        .applied())
                .isTrue();
        assertThat(text(KEY)).isEqualTo("once");
    }

    @Test
    void whatIsUndecidedAtTheDeadlineIsSettledLater() throws Exception {
        giveUpAfter(Duration.ofMillis(300));
        network.always(Fate.REPLY_LOST);
        assertThatThrownBy(() -> session.commits().run(List.of(), List.of(put(KEY, "unknown")), false))
                .hasMessageContaining("deadline");
        assertThat(text(KEY)).isEqualTo("unknown");
        network.always(Fate.LOST);
        assertThatThrownBy(() -> session.commits().run(List.of(), List.of(put(OTHER, "never")), false))
                .isInstanceOf(FsException.class);
        assertThat(session.commits().anyDoubt()).isTrue();
        network.always(Fate.DELIVERED);
        session.beat();
        assertThat(session.commits().anyDoubt()).isFalse();
        for (int i = 0; i < 2 * SlotPool.SLOTS; i++) {
            assertThat(session.commits()
                            .run(List.of(), List.of(put(KEY, "after")), false)
                            .applied())
                    .isTrue();
        }
        assertThat(text(OTHER)).isNull();
    }

    @Test
    void aCopyThatArrivesLateChangesNothing() throws Exception {
        direct.commit(
                new Commit(null, session.commits().nextStamp(), List.of(), List.of(put(OTHER, "in the way")), false));
        network.next(Fate.DELAYED, Fate.DELIVERED);
        CommitRunner.Outcome outcome =
                session.commits().run(List.of(new Check.Absent(OTHER)), List.of(put(KEY, "from the past")), false);
        assertThat(outcome.applied()).isFalse();
        direct.commit(
                new Commit(null, session.commits().nextStamp(), List.of(), List.of(new Write.Delete(OTHER)), false));
        assertThat(network.deliverDelayed())
                .singleElement()
                .isInstanceOfSatisfying(
                        MetaException.class, e -> assertThat(e.kind()).isEqualTo(Kind.INVALID));
        assertThat(text(KEY)).isNull();
    }

    @Test
    void aDeadSessionIsToldOnce() throws Exception {
        List<String> told = new ArrayList<>();
        session.onDeath(told::add);
        List<Key> rows =
                new ArrayList<>(direct.get(List.of(), List.of(dev.leat.meta.record.Keys.slots(session.number())))
                        .keySet());
        List<Write> writes = new ArrayList<>();
        rows.forEach(row -> writes.add(new Write.Delete(row)));
        direct.commit(new Commit(null, session.commits().nextStamp(), List.of(), writes, false));
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> session.commits().run(List.of(), List.of(put(KEY, "late")), false))
                    .hasMessageContaining("declared dead");
        }
        assertThat(told).hasSize(1);
        assertThat(session.alive()).isFalse();
        assertThat(text(KEY)).isNull();
    }

    /** A commit of one caller. */
    private record Given(List<Check> checks, List<Write> writes) {}

    /** What became of commits that were handed in while as many as may be were held up on their way; an error as its message. */
    private List<Object> together(Given... commits) throws Exception {
        network.hold();
        List<Future<CommitRunner.Outcome>> blockers = new ArrayList<>();
        List<Future<CommitRunner.Outcome>> decided = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 2; i++) {
                Write write = put(new Key(Bytes.of("D2"), Bytes.of("blocker" + i)), "");
                blockers.add(threads.submit(() -> session.commits().run(List.of(), List.of(write), false)));
            }
            network.awaitHeld(2);
            for (Given given : commits) {
                AtomicReference<Thread> thread = new AtomicReference<>();
                decided.add(threads.submit(() -> {
                    thread.set(Thread.currentThread());
                    return session.commits().run(given.checks, given.writes, false);
                }));
                while (thread.get() == null || thread.get().getState() != Thread.State.TIMED_WAITING) {
                    Thread.onSpinWait();
                }
            }
            // One at a time: the first to end hands over to one who takes along all that wait.
            network.releaseOne();
            network.awaitHeld(3);
            network.release();
        }
        for (Future<CommitRunner.Outcome> blocker : blockers) {
            assertThat(blocker.get().applied()).isTrue();
        }
        List<Object> results = new ArrayList<>();
        for (Future<CommitRunner.Outcome> each : decided) {
            results.add(
                    each.state() == Future.State.SUCCESS
                            ? each.resultNow()
                            : String.valueOf(each.exceptionNow().getMessage()));
        }
        return results;
    }

    private static boolean applied(Object result) {
        return result instanceof CommitRunner.Outcome outcome && outcome.applied();
    }

    @Test
    void whatWaitsGoesInOneCommit() throws Exception {
        List<Object> results = together(
                new Given(List.of(new Check.Absent(KEY)), List.of(put(KEY, "one"))),
                new Given(List.of(new Check.Absent(OTHER)), List.of(put(OTHER, "two"))));
        assertThat(results).allMatch(CommitRunnerTest::applied);
        // Two that were held up, and one for both.
        assertThat(network.held()).isEqualTo(3);
        assertThat(text(KEY)).isEqualTo("one");
        assertThat(text(OTHER)).isEqualTo("two");
    }

    @Test
    void oneThatFailsTakesNobodyAlong() throws Exception {
        direct.commit(
                new Commit(null, session.commits().nextStamp(), List.of(), List.of(put(OTHER, "in the way")), false));
        List<Object> results = together(
                new Given(List.of(new Check.Absent(KEY)), List.of(put(KEY, "one"))),
                new Given(List.of(new Check.Absent(OTHER)), List.of(put(OTHER, "two"))));
        assertThat(applied(results.getFirst())).isTrue();
        CommitRunner.Outcome failed = (CommitRunner.Outcome) results.getLast();
        assertThat(failed.failed()).containsOnlyKeys(OTHER);
        assertThat(text(KEY)).isEqualTo("one");
        assertThat(text(OTHER)).isEqualTo("in the way");
    }

    @Test
    void oneThatIsRefusedTakesNobodyAlong() throws Exception {
        direct.commit(
                new Commit(null, session.commits().nextStamp(), List.of(), List.of(put(OTHER, "no cell")), false));
        Write merge = new Write.Merge(OTHER, new Cell(new long[] {1}, new long[0]), new long[0]);
        List<Object> results = together(
                new Given(List.of(), List.of(merge)),
                new Given(List.of(new Check.Absent(KEY)), List.of(put(KEY, "one"))));
        assertThat(results.getFirst()).asString().contains("no cell of numbers");
        assertThat(applied(results.getLast())).isTrue();
        assertThat(text(KEY)).isEqualTo("one");
    }

    @Test
    void allHearThatNobodyKnowsWhatBecameOfThem() throws Exception {
        giveUpAfter(Duration.ofSeconds(3));
        network.afterRelease(Fate.REPLY_LOST);
        List<Object> results = together(
                new Given(List.of(), List.of(put(KEY, "one"))), new Given(List.of(), List.of(put(OTHER, "two"))));
        assertThat(results).allSatisfy(result -> assertThat(result).asString().contains("deadline"));
        assertThat(session.commits().anyDoubt()).isTrue();
        network.always(Fate.DELIVERED);
        session.beat();
        assertThat(session.commits().anyDoubt()).isFalse();
        assertThat(text(KEY)).isEqualTo("one");
        assertThat(text(OTHER)).isEqualTo("two");
    }

    @Test
    void othersAreDeclaredDeadBySilenceOnly() throws Exception {
        long[] now = {0};
        SessionSpec spec = new SessionSpec(
                "watcher", Duration.ofSeconds(5), Duration.ofSeconds(1), Clock.systemUTC(), () -> now[0], false);
        try (Session watcher = Session.open(direct, spec, "test")) {
            assertThat(watch(watcher, now, 60)).isEmpty();
            session.beat();
            assertThat(watch(watcher, now, 60)).isEmpty();
            assertThat(watch(watcher, now, 1))
                    .singleElement()
                    .satisfies(record -> assertThat(record.number()).isEqualTo(session.number()));
            assertThatThrownBy(session::beat).hasMessageContaining("declared dead");
        }
    }

    /** Looks once in each second for some seconds; who was declared dead. */
    private static List<SessionRecord> watch(Session watcher, long[] now, int seconds) throws FsException {
        List<SessionRecord> dead = new ArrayList<>(watcher.watchOthers());
        for (int i = 0; i < seconds; i++) {
            now[0] += Duration.ofSeconds(1).toNanos();
            dead.addAll(watcher.watchOthers());
        }
        return dead;
    }

    @Test
    void whoCouldNotLookDoesNotTakeTheOthersForDead() throws Exception {
        long[] now = {0};
        SessionSpec spec = new SessionSpec(
                "watcher", Duration.ofSeconds(5), Duration.ofSeconds(1), Clock.systemUTC(), () -> now[0], false);
        try (Session watcher = Session.open(direct, spec, "test")) {
            assertThat(watch(watcher, now, 50)).isEmpty();
            // The engine was out of reach for all, and this one is back first.
            now[0] += Duration.ofMinutes(10).toNanos();
            assertThat(watch(watcher, now, 7)).isEmpty();
            session.beat();
            assertThat(watch(watcher, now, 60)).isEmpty();
            now[0] += Duration.ofMinutes(10).toNanos();
            // Two of its intervals count, and what it sees from now on.
            assertThat(watch(watcher, now, 1)).hasSize(1);
        }
    }

    @Test
    void inodeNumbersAreTheSessionsNumberAndACount() throws Exception {
        long first = session.nextInode();
        assertThat(session.nextInode()).isEqualTo(first + 1);
        assertThat(first >>> 31).isEqualTo(Integer.toUnsignedLong(session.number()));
        assertThat(first).isPositive();
    }

    /** What becomes of a commit on its way. */
    private enum Fate {
        DELIVERED,
        LOST,
        REPLY_LOST,
        DELAYED
    }

    /** Decides the fate of commits through a slot. */
    private static final class Network extends ForwardingEngine {
        private final Queue<Fate> fates = new ArrayDeque<>();
        private final List<Commit> delayed = new ArrayList<>();
        private volatile Fate otherwise = Fate.DELIVERED;
        private final AtomicInteger held = new AtomicInteger();
        private final Semaphore gate = new Semaphore(0);
        private volatile boolean holding;
        private volatile boolean releasing;
        private @Nullable Fate later;

        Network(MetaEngine engine) {
            super(engine);
        }

        void next(Fate... next) {
            fates.addAll(List.of(next));
        }

        void always(Fate fate) {
            otherwise = fate;
            later = null;
        }

        /** Lets no commit through, and counts those that come. */
        void hold() {
            holding = true;
        }

        /** Commits that came since the first {@link #hold}. */
        int held() {
            return held.get();
        }

        void awaitHeld(int count) {
            while (held.get() < count) {
                Thread.onSpinWait();
            }
        }

        /** The fate of what comes after the first release. */
        void afterRelease(Fate fate) {
            later = fate;
        }

        void releaseOne() {
            releasing = true;
            gate.release();
        }

        void release() {
            releasing = true;
            gate.release(1_000);
        }

        private Fate pass() {
            if (!holding) {
                return otherwise;
            }
            boolean late = releasing;
            held.incrementAndGet();
            gate.acquireUninterruptibly();
            return late && later != null ? later : otherwise;
        }

        /** Delivers what was delayed; returns how each failed. */
        List<Exception> deliverDelayed() {
            List<Exception> failures = new ArrayList<>();
            for (Commit commit : delayed) {
                try {
                    super.commit(commit);
                } catch (MetaException e) {
                    failures.add(e);
                }
            }
            return failures;
        }

        @Override
        public CommitResult commit(Commit commit) throws MetaException {
            Fate fate = commit.slot() == null || fates.isEmpty() ? pass() : fates.remove();
            return switch (fate) {
                case DELIVERED -> super.commit(commit);
                case LOST -> throw lost();
                case REPLY_LOST -> {
                    super.commit(commit);
                    throw lost();
                }
                case DELAYED -> {
                    delayed.add(commit);
                    throw lost();
                }
            };
        }

        private static MetaException lost() {
            return new MetaException(Kind.UNAVAILABLE, "the network is down");
        }
    }
}
