package dev.leat.meta.session;

import dev.leat.meta.engine.Check;
import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.CommitResult;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import dev.leat.meta.engine.Stamp;
import dev.leat.meta.engine.Value;
import dev.leat.meta.engine.Write;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.session.SlotPool.Slot;
import dev.leat.sys.Errno;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits of a session, each exactly once. A commit whose reply is lost is sent again as it was, until it is decided or the request's deadline
 * passes; the slot tells the engine that it knows it already.
 *
 * <p>What several threads want committed while others are on their way goes together, as {@link CommitQueue} says: to the engine that is one commit,
 * to each caller its own.
 *
 * <p>One trap remains: an earlier copy of a commit may still be on its way when a later copy was answered "failed", and might find its
 * checks true when it arrives. So whenever a commit that was sent more than once is not applied, its turn is <em>burnt</em> by an empty
 * commit: what comes later is out of turn. A slot whose commit is undecided at the deadline is set aside until its turn is burnt.
 */
public final class CommitRunner {
    private static final Logger LOG = LoggerFactory.getLogger(CommitRunner.class);
    private static final long FIRST_PAUSE_NANOS = 2_000_000;
    private static final long LONGEST_PAUSE_NANOS = 1_000_000_000;

    /** Two let one gather while the other is at the engine. */
    private static final int QUICK_MAX = 2;

    /** Those that wait for the engine's disk: it takes them together, and none shall wait for the ones before. */
    private static final int FORCED_MAX = 8;

    private final MetaEngine engine;
    private final long sessionId;
    private final SlotPool slots;
    private final long deadlineNanos;
    private final Consumer<String> onFenced;
    private final AtomicLong stamps;
    private final CommitQueue quick = new CommitQueue(QUICK_MAX, this::commit);
    private final CommitQueue forced = new CommitQueue(FORCED_MAX, this::commit);
    private volatile @Nullable String dead;

    CommitRunner(MetaEngine engine, SessionToken token, SlotPool slots, Duration deadline, Consumer<String> onFenced) {
        this.engine = engine;
        this.sessionId = token.id();
        this.stamps = new AtomicLong(token.base());
        this.slots = slots;
        this.deadlineNanos = deadline.toNanos();
        this.onFenced = onFenced;
    }

    /**
     * What became of a commit.
     *
     * @param stamp the stamp of what it wrote
     * @param failed null when it was applied; else the values now at the keys of the checks that failed
     */
    public record Outcome(Stamp stamp, @Nullable Map<Key, Optional<Value>> failed) {
        /** Whether it took effect. */
        public boolean applied() {
            return failed == null;
        }
    }

    /**
     * Commits.
     *
     * @param durable whether it must survive power loss before this returns
     * @throws FsException EIO when the session is dead or the engine out of reach until the deadline; in the latter case the commit may
     *     still take effect
     */
    public Outcome run(List<Check> checks, List<Write> writes, boolean durable) throws FsException {
        requireAlive();
        CommitPart part = new CommitPart(checks, writes, durable, System.nanoTime() + deadlineNanos);
        if (!(durable ? forced : quick).commit(part)) {
            throw allWaiting();
        }
        return part.result();
    }

    private FsException allWaiting() {
        return new FsException(
                Errno.EIO,
                "every commit in flight is waiting for " + engine.info().location());
    }

    /** Commits what several callers want, and tells each of them what became of it. */
    private void commit(CommitUnion union) {
        List<CommitPart> parts = union.parts();
        Slot slot = slots.take(deadlineNanos);
        if (slot == null) {
            parts.forEach(part -> part.failed(allWaiting(), null));
            return;
        }
        boolean alone = false;
        Outcome outcome = null;
        try {
            requireAlive();
            outcome = run(slot, union.checks(), union.writes(), parts.getFirst().durable);
        } catch (FsException e) {
            // What was refused for good may be the fault of one of them: then the others shall not suffer.
            Stamp doubt = slot.doubt == null ? null : slot.doubt.stamp();
            alone = parts.size() > 1 && doubt == null;
            if (!alone) {
                parts.forEach(part -> part.failed(e, doubt));
            }
        } catch (RuntimeException e) {
            LOG.error("a change of metadata failed", e);
            FsException told = new FsException(Errno.EIO, "a change of metadata failed: " + e, e);
            parts.forEach(part -> part.failed(told, null));
        } finally {
            slots.release(slot);
        }
        if (alone) {
            parts.forEach(part -> commit(new CommitUnion(part)));
        } else if (outcome != null) {
            decided(parts, outcome);
        }
    }

    /** Tells the outcome; those whose checks held although the commit failed for others are committed again. */
    private void decided(List<CommitPart> parts, Outcome outcome) {
        Map<Key, Optional<Value>> failed = outcome.failed();
        if (failed == null || parts.size() == 1) {
            parts.forEach(part -> part.done(outcome));
            return;
        }
        List<CommitPart> again = new ArrayList<>();
        for (CommitPart part : parts) {
            Map<Key, Optional<Value>> own = part.ownOf(failed);
            if (own.isEmpty()) {
                again.add(part);
            } else {
                part.done(new Outcome(outcome.stamp(), own));
            }
        }
        if (again.size() == parts.size()) {
            again.forEach(part -> commit(new CommitUnion(part)));
        } else if (!again.isEmpty()) {
            CommitUnion rest = new CommitUnion(again.getFirst());
            again.subList(1, again.size()).forEach(rest::add);
            commit(rest);
        }
    }

    /**
     * Goes on after a process that had the session's slots before. What it sent and nobody has heard of since may still arrive: each slot's turn is burnt.
     *
     * @throws FsException EIO when the session is dead
     */
    void takeOver() throws FsException {
        Reader reader = new Reader(engine, Duration.ofNanos(deadlineNanos));
        List<Slot> all = slots.all();
        Map<Key, Value> rows =
                reader.get(all.stream().map(slot -> slot.next().key()).toList(), List.of());
        for (Slot slot : all) {
            Value row = rows.get(slot.next().key());
            if (row == null) {
                throw fenced();
            }
            slot.sequence = ByteBuffer.wrap(row.bytes()).getLong();
            while (!burn(slot)) {
                // A late commit was faster.
                slot.sequence++;
            }
        }
    }

    /** Makes the next turn of a slot an empty one; false if it was taken already. */
    private boolean burn(Slot slot) throws FsException {
        Commit burn = new Commit(slot.next(), nextStamp(), List.of(), List.of(), false);
        try (Backoff backoff = backoff()) {
            while (true) {
                try {
                    if (engine.commit(burn) instanceof CommitResult.Fenced) {
                        throw fenced();
                    }
                    slot.sequence++;
                    return true;
                } catch (MetaException e) {
                    if (e.kind() == Kind.INVALID) {
                        return false;
                    }
                    if (e.kind() != Kind.UNAVAILABLE) {
                        throw Failures.of(e);
                    }
                    if (!backoff.pause()) {
                        throw Failures.late("taking over a session", e);
                    }
                }
            }
        }
    }

    /** Commits through the slot that is set aside for the heartbeat; one thread only. */
    Outcome runAside(List<Check> checks, List<Write> writes) throws FsException {
        requireAlive();
        Slot slot = slots.heartbeat();
        if (slot.doubt != null) {
            settle(slot);
        }
        try {
            return run(slot, checks, writes, false);
        } finally {
            slots.release(slot);
        }
    }

    /** A stamp that was never used. */
    Stamp nextStamp() {
        return new Stamp(sessionId, stamps.incrementAndGet());
    }

    /** Burns the turns of commits in doubt, so that their slots can be used again. */
    void settleDoubts() throws FsException {
        for (Slot slot = slots.takeDoubtful(); slot != null; slot = slots.takeDoubtful()) {
            try {
                settle(slot);
            } finally {
                slots.release(slot);
            }
        }
    }

    /** Whether a commit whose caller was told EIO may still take effect. */
    boolean anyDoubt() {
        return slots.anyDoubt();
    }

    /** Refuses everything from now on. */
    void die(String why) {
        if (dead == null) {
            dead = why;
        }
    }

    /** Throws EIO when the session is dead. */
    public void requireAlive() throws FsException {
        String why = dead;
        if (why != null) {
            throw new FsException(Errno.EIO, why);
        }
    }

    private Outcome run(Slot slot, List<Check> checks, List<Write> writes, boolean durable) throws FsException {
        Commit commit = new Commit(slot.next(), nextStamp(), checks, writes, durable);
        try (Backoff backoff = backoff()) {
            for (boolean again = false; ; again = true) {
                try {
                    return decided(slot, commit, engine.commit(commit), again);
                } catch (MetaException e) {
                    if (e.kind() != Kind.UNAVAILABLE) {
                        if (again) {
                            slot.doubt = commit;
                        }
                        throw Failures.of(e);
                    }
                    if (!backoff.pause()) {
                        slot.doubt = commit;
                        throw Failures.late("a change of metadata", e);
                    }
                    requireAlive();
                }
            }
        }
    }

    private Outcome decided(Slot slot, Commit commit, CommitResult result, boolean sentBefore) throws FsException {
        return switch (result) {
            case CommitResult.Applied() -> {
                slot.sequence++;
                yield new Outcome(commit.stamp(), null);
            }
            case CommitResult.Failed(Map<Key, Optional<Value>> current) -> {
                if (sentBefore) {
                    slot.doubt = commit;
                    if (settle(slot)) {
                        yield new Outcome(commit.stamp(), null);
                    }
                }
                yield new Outcome(commit.stamp(), current);
            }
            case CommitResult.Fenced() -> throw fenced();
        };
    }

    /** Decides a commit in doubt for good: true if it was applied, false if it never will be. */
    private boolean settle(Slot slot) throws FsException {
        Commit doubt = slot.doubt;
        if (doubt == null) {
            return false;
        }
        Commit burn = new Commit(slot.next(), nextStamp(), List.of(), List.of(), false);
        try (Backoff backoff = backoff()) {
            while (true) {
                try {
                    CommitResult result = engine.commit(burn);
                    if (result instanceof CommitResult.Fenced) {
                        throw fenced();
                    }
                    slot.sequence++;
                    slot.doubt = null;
                    return false;
                } catch (MetaException e) {
                    if (e.kind() == Kind.INVALID && isLast(doubt)) {
                        LOG.info("a change of metadata took effect although its reply was lost: {}", doubt.stamp());
                        slot.sequence++;
                        slot.doubt = null;
                        return true;
                    }
                    if (e.kind() != Kind.UNAVAILABLE) {
                        throw Failures.of(e);
                    }
                    if (!backoff.pause()) {
                        throw Failures.late("deciding a change of metadata", e);
                    }
                }
            }
        }
    }

    /** Whether this commit is the last one that went through its slot. */
    private boolean isLast(Commit commit) throws FsException {
        Commit.Slot slot = commit.slot();
        if (slot == null) {
            return false;
        }
        Value row = new Reader(engine, Duration.ofNanos(deadlineNanos)).get(slot.key());
        if (row == null) {
            throw fenced();
        }
        ByteBuffer in = ByteBuffer.wrap(row.bytes());
        return in.getLong() == slot.sequence() && in.getLong() == commit.stamp().sequence();
    }

    private FsException fenced() {
        String why =
                "this client's session was declared dead by the others, since no heartbeat of it arrived for a lease;"
                        + " nothing can be changed through it any more: unmount and mount again";
        onFenced.accept(why);
        return new FsException(Errno.EIO, why);
    }

    private Backoff backoff() {
        return new Backoff(System.nanoTime() + deadlineNanos, FIRST_PAUSE_NANOS, LONGEST_PAUSE_NANOS);
    }
}
