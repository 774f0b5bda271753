package dev.leat.meta.lock;

import dev.leat.meta.engine.Check;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Value;
import dev.leat.meta.engine.Write;
import dev.leat.meta.fs.FileLock;
import dev.leat.meta.fs.FileLock.Kind;
import dev.leat.meta.fs.FileLock.Mode;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.LockRecord;
import dev.leat.meta.record.LockRecord.Held;
import dev.leat.meta.session.CommitRunner;
import dev.leat.meta.session.Failures;
import dev.leat.meta.session.Reader;
import dev.leat.meta.session.Session;
import dev.leat.sys.Errno;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One inode's locks, as this mount sees them, and who waits for them here.
 *
 * <p>All locks of an inode are one value, changed by commits that check its stamp. Locks of this mount change only through this object, so it need
 * not read before it commits, nor when its processes wait only for each other: whoever unlocks hands the lock to the waiters it was in the way of, in the
 * order in which they came, with the same commit. Only what another mount holds has to be looked at again and again.
 *
 * <p>Concurrency: {@code mutex} guards all fields and is held over the round trip of a commit, never while waiting for a lock.
 */
final class InodeLocks {
    /** Times that this mount's waiters follow each other while another mount waits. */
    private static final int TURNS_MAX = 8;

    /** How long they then stand back: what another mount needs to hear that the lock is free, and to take it. */
    private static final long STAND_BACK_NANOS = 100_000_000;

    /** Most locks on an inode: with these its value is about half as large as a commit can be. */
    private static final int HELD_MAX = 15_000;

    private final Key key;
    private final Session session;
    private final Reader reader;
    private final WaitGraph graph;
    private final ReentrantLock mutex = new ReentrantLock();
    private final List<Waiter> queue = new ArrayList<>();
    private final Set<Integer> dead = new HashSet<>();
    private volatile @Nullable Waiter head;
    private volatile boolean poked;
    private volatile boolean mine;
    private @Nullable Value known;
    private boolean unsure;
    private volatile boolean waitsForOthers;
    private int turns;
    private volatile long standBackUntil;

    InodeLocks(long ino, Session session, Reader reader, WaitGraph graph) {
        this.key = Keys.locks(ino);
        this.session = session;
        this.reader = reader;
        this.graph = graph;
        // The process before may have taken locks that this one is to drop.
        this.unsure = session.isResumed();
        this.mine = unsure;
    }

    /** Whether this mount holds, or may hold, a lock. */
    boolean mine() {
        return mine;
    }

    /** Takes a lock at once, or drops one; EAGAIN when it is taken. */
    void set(FileLock lock) throws FsException {
        mutex.lock();
        try {
            if (lock.mode() == Mode.NONE && !mine) {
                return;
            }
            if (!settle(lock)) {
                throw new FsException(Errno.EAGAIN);
            }
        } finally {
            mutex.unlock();
        }
    }

    /** The first lock in the way of {@code wanted}. */
    @Nullable
    FileLock conflict(FileLock wanted) throws FsException {
        mutex.lock();
        try {
            refresh();
            Held held = Ranges.conflict(living(record()), session.number(), wanted);
            if (held == null) {
                return null;
            }
            FileLock lock = held.lock();
            // A process number of another host means nothing here.
            int pid = held.session() == session.number() ? lock.pid() : 0;
            return new FileLock(lock.kind(), lock.owner(), pid, lock.mode(), lock.start(), lock.end());
        } finally {
            mutex.unlock();
        }
    }

    /** How many have tried in vain and wait. */
    int waiting() {
        mutex.lock();
        try {
            return queue.size();
        } finally {
            mutex.unlock();
        }
    }

    /** Joins the queue and tries at once. */
    Waiter enter(FileLock lock) throws FsException {
        Waiter waiter = new Waiter(lock);
        mutex.lock();
        try {
            queue.add(waiter);
            boolean done = false;
            try {
                settle(null);
                done = true;
            } finally {
                if (!done) {
                    leaveQueue(waiter);
                }
                headChanged();
            }
        } finally {
            mutex.unlock();
        }
        return waiter;
    }

    /** Leaves the queue, unless the wait is over. */
    void leave(Waiter waiter) throws FsException {
        mutex.lock();
        try {
            if (waiter.state() != Waiter.State.WAITING) {
                return;
            }
            leaveQueue(waiter);
            headChanged();
            if (queue.isEmpty() && waitsForOthers) {
                settle(null);
            }
        } finally {
            mutex.unlock();
        }
    }

    /** Whether it is up to this waiter to look whether others have unlocked. */
    boolean mustLook(Waiter waiter) {
        return waiter == head && (waitsForOthers || standBackUntil != 0);
    }

    /** Another mount has changed the locks. */
    void changedElsewhere() {
        poked = true;
        Waiter first = head;
        if (first != null) {
            first.wake();
        }
    }

    /** Whether another mount has changed the locks since this was asked last. */
    boolean pollPoked() {
        boolean was = poked;
        poked = false;
        return was;
    }

    /** Looks whether others have unlocked. */
    void look(Waiter waiter) throws FsException {
        mutex.lock();
        try {
            if (waiter.state() == Waiter.State.WAITING) {
                refresh();
                settle(null);
                headChanged();
            }
        } finally {
            mutex.unlock();
        }
    }

    /** Wakes all who wait, to find that the session is over. */
    void wakeAll() {
        mutex.lock();
        try {
            queue.forEach(Waiter::wake);
        } finally {
            mutex.unlock();
        }
    }

    /** Drops all locks of this mount. */
    void dropAll() throws FsException {
        mutex.lock();
        try {
            if (mine) {
                change(held -> held.session() != session.number());
            }
        } finally {
            mutex.unlock();
        }
    }

    private void change(Predicate<Held> kept) throws FsException {
        refresh();
        boolean done = false;
        while (!done) {
            LockRecord before = record();
            List<Held> held = before.held().stream().filter(kept).toList();
            List<Integer> waiting = before.waiting().stream()
                    .filter(number -> number != session.number())
                    .toList();
            done = commit(before, new LockRecord(held, waiting));
        }
    }

    /**
     * Does what was asked, and grants what can be granted, in as few commits as possible.
     *
     * @param asked what to take at once or to drop; null for the queue alone
     * @return whether it was done
     */
    private boolean settle(@Nullable FileLock asked) throws FsException {
        boolean looked = false;
        if (unsure) {
            refresh();
            looked = true;
        }
        while (true) {
            LockRecord before = record();
            Step step = decide(before, asked);
            boolean unlocks = asked != null && asked.mode() == Mode.NONE;
            if (step.othersInTheWay && !looked && !unlocks) {
                refresh();
                looked = true;
                continue;
            }
            if (step.next.held().size() > HELD_MAX
                    && step.next.held().size() > before.held().size()) {
                throw new FsException(Errno.ENOLCK, "an inode can have " + HELD_MAX + " locks at most");
            }
            if (commit(before, step.next)) {
                finish(step);
                return !step.refused;
            }
            looked = false;
        }
    }

    /** What is to become of the record, and of those who wait. */
    private record Step(LockRecord next, boolean refused, List<Waiter> granted, boolean othersInTheWay) {}

    private Step decide(LockRecord before, @Nullable FileLock asked) {
        int self = session.number();
        List<Held> held = living(before);
        List<Integer> waiting = new ArrayList<>(before.waiting());
        waiting.removeIf(number -> number == self || dead.contains(number));
        boolean refused = false;
        boolean others = false;
        if (asked != null) {
            held = withoutConverted(held, asked);
            Held conflict = Ranges.conflict(held, self, asked);
            if (conflict == null) {
                held = Ranges.set(held, self, asked);
            } else {
                refused = true;
                others = conflict.session() != self;
            }
        }
        boolean standBack = !queue.isEmpty() && standsBack(!waiting.isEmpty());
        boolean queueWaitsForOthers = standBack;
        List<Waiter> granted = new ArrayList<>();
        for (Waiter waiter : queue) {
            FileLock lock = waiter.lock();
            held = withoutConverted(held, lock);
            Held conflict = Ranges.conflict(held, self, lock);
            if (conflict == null && !standBack) {
                held = Ranges.set(held, self, lock);
                granted.add(waiter);
            } else if (conflict != null && hasOthers(held, lock)) {
                others = true;
                queueWaitsForOthers = true;
            }
        }
        boolean begins = queueWaitsForOthers && !waitsForOthers;
        waitsForOthers = queueWaitsForOthers;
        Waiter first = head;
        if (begins && first != null) {
            // It rests as long as only this mount is in its way, and nobody else looks whether others unlock.
            first.wake();
        }
        if (queueWaitsForOthers) {
            waiting.add(self);
        }
        return new Step(new LockRecord(held, sameOrder(before.waiting(), waiting)), refused, granted, others);
    }

    private boolean hasOthers(List<Held> held, FileLock lock) {
        return held.stream()
                .anyMatch(one -> one.session() != session.number() && Ranges.excludes(one, session.number(), lock));
    }

    /** Turning a {@code flock} into one of another mode gives the old one up first, as in the kernel: two who upgrade do not wait for each other for ever. */
    private List<Held> withoutConverted(List<Held> held, FileLock asked) {
        if (asked.kind() != Kind.FLOCK || asked.mode() == Mode.NONE) {
            return held;
        }
        List<Held> left = new ArrayList<>(held);
        left.removeIf(one -> one.session() == session.number()
                && one.lock().kind() == Kind.FLOCK
                && one.lock().owner() == asked.owner()
                && one.lock().mode() != asked.mode());
        return left;
    }

    /** Whether this mount's waiters leave the lock to another mount for a moment, after a number of turns in a row. */
    private boolean standsBack(boolean othersWait) {
        if (!othersWait) {
            turns = 0;
        }
        if (turns < TURNS_MAX) {
            standBackUntil = 0;
            return false;
        }
        long now = System.nanoTime();
        if (standBackUntil == 0) {
            standBackUntil = Math.max(1, now + STAND_BACK_NANOS);
        } else if (now - standBackUntil > 0) {
            standBackUntil = 0;
            turns = 0;
            return false;
        }
        return true;
    }

    private static List<Integer> sameOrder(List<Integer> before, List<Integer> after) {
        Set<Integer> same = new HashSet<>(before);
        return same.size() == after.size() && same.containsAll(after) ? before : after;
    }

    private void finish(Step step) {
        for (Waiter waiter : step.granted) {
            leaveQueue(waiter);
            turns++;
            waiter.end(Waiter.State.GRANTED);
        }
        List<Held> held = step.next.held();
        for (Waiter waiter : List.copyOf(queue)) {
            if (waiter.lock().kind() == Kind.POSIX && !graph.waits(waiter, ownersInTheWay(held, waiter.lock()))) {
                leaveQueue(waiter);
                waiter.end(Waiter.State.DEADLOCKED);
            }
        }
        headChanged();
    }

    private Set<Long> ownersInTheWay(List<Held> held, FileLock lock) {
        Set<Long> owners = new HashSet<>();
        for (Held one : held) {
            if (one.session() == session.number() && Ranges.excludes(one, session.number(), lock)) {
                owners.add(one.lock().owner());
            }
        }
        return owners;
    }

    private void leaveQueue(Waiter waiter) {
        queue.remove(waiter);
        graph.ended(waiter);
    }

    private void headChanged() {
        Waiter first = queue.isEmpty() ? null : queue.getFirst();
        if (first != head) {
            head = first;
            if (first != null) {
                first.wake();
            }
        }
    }

    private List<Held> living(LockRecord record) {
        if (dead.isEmpty()) {
            return record.held();
        }
        return record.held().stream()
                .filter(held -> !dead.contains(held.session()))
                .toList();
    }

    private LockRecord record() throws FsException {
        Value value = known;
        if (value == null) {
            return LockRecord.NONE;
        }
        try {
            return LockRecord.decode(value.bytes());
        } catch (MetaException e) {
            throw Failures.of(e);
        }
    }

    /** Reads the record, and who of those in it are no more: a session that is gone never comes back. */
    private void refresh() throws FsException {
        session.commits().requireAlive();
        Set<Integer> asked = others(record());
        while (true) {
            List<Key> keys = new ArrayList<>();
            keys.add(key);
            asked.forEach(number -> keys.add(Keys.session(number)));
            Map<Key, Value> found = reader.get(keys, List.of());
            for (int number : asked) {
                if (!found.containsKey(Keys.session(number))) {
                    dead.add(number);
                }
            }
            see(found.get(key));
            Set<Integer> present = others(record());
            if (asked.containsAll(present)) {
                dead.retainAll(present);
                break;
            }
            asked = present;
        }
        unsure = false;
        mine = record().held().stream().anyMatch(held -> held.session() == session.number());
    }

    private Set<Integer> others(LockRecord record) {
        Set<Integer> others = new HashSet<>(record.waiting());
        record.held().forEach(held -> others.add(held.session()));
        others.remove(session.number());
        return others;
    }

    private void see(@Nullable Value value) {
        if (value != null && value.stamp().session() != session.record().id()) {
            turns = 0;
        }
        known = value;
    }

    /** Replaces the record; false when it was another one by now, which is known then. */
    private boolean commit(LockRecord before, LockRecord next) throws FsException {
        if (next.equals(before)) {
            return true;
        }
        Value value = known;
        Check check = value == null ? new Check.Absent(key) : new Check.At(key, value.stamp());
        byte[] bytes = next.encode();
        Write write = next.isEmpty() ? new Write.Delete(key) : new Write.Put(key, bytes);
        boolean decided = false;
        try {
            CommitRunner.Outcome outcome = session.commits().run(List.of(check), List.of(write), false);
            decided = true;
            Map<Key, Optional<Value>> failed = outcome.failed();
            if (failed != null) {
                see(failed.getOrDefault(key, Optional.empty()).orElse(null));
                return false;
            }
            known = next.isEmpty() ? null : new Value(bytes, outcome.stamp());
            mine = next.held().stream().anyMatch(held -> held.session() == session.number());
            return true;
        } finally {
            if (!decided) {
                // It may yet take effect: nothing is known, and there may be a lock to drop.
                unsure = true;
                mine = true;
            }
        }
    }
}
