package dev.leat.meta.lock;

import dev.leat.meta.engine.Key;
import dev.leat.meta.feed.KeyWatch;
import dev.leat.meta.fs.FileLock;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.LockTable;
import dev.leat.meta.record.Keys;
import dev.leat.meta.session.Reader;
import dev.leat.meta.session.Session;
import dev.leat.sys.Errno;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Advisory locks that hold on every mount of the volume. Taking and dropping a lock that nobody else wants is one commit each; dropping what was never
 * taken costs nothing. A wait is a parked thread, woken by whoever unlocks here or by the volume's feed.
 *
 * <p>Deadlocks are found among the byte-range locks of this mount. The kernel does not tell locks of open file descriptions from those of processes, so a cycle
 * of the former is an {@code EDEADLK} too.
 */
public final class VolumeLocks implements LockTable, KeyWatch {
    private static final Logger LOG = LoggerFactory.getLogger(VolumeLocks.class);

    /** First pause before another mount's lock is looked at again: about one round trip. */
    private static final long FIRST_PAUSE_NANOS = 1_000_000;

    /** Longest pause while the feed cannot be relied on. */
    private static final long PAUSE_NANOS = 50_000_000;

    /** Longest pause with the feed, in case that a session dies, of which the feed says nothing. */
    private static final long PAUSE_WITH_FEED_NANOS = 1_000_000_000;

    private final Session session;
    private final Reader reader;
    private final BooleanSupplier feedFresh;
    private final WaitGraph graph = new WaitGraph();
    private final Map<Long, Entry> inodes = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /**
     * The locks of a mount.
     *
     * @param feedFresh whether {@link #changed} is called for every change
     */
    public VolumeLocks(Session session, Reader reader, BooleanSupplier feedFresh) {
        this.session = session;
        this.reader = reader;
        this.feedFresh = feedFresh;
        session.onDeath(why -> inodes.values().forEach(entry -> entry.locks.wakeAll()));
    }

    /** An inode's locks, while they are in use or held. */
    private record Entry(InodeLocks locks, AtomicInteger users) {}

    @Override
    public @Nullable FileLock getlk(long ino, FileLock wanted) throws FsException {
        require(wanted);
        Entry entry = enter(ino);
        try {
            return entry.locks.conflict(Ranges.normal(wanted));
        } finally {
            leave(ino);
        }
    }

    @Override
    public void setlk(long ino, FileLock lock) throws FsException {
        require(lock);
        if (lock.mode() == FileLock.Mode.NONE && !inodes.containsKey(ino) && !session.isResumed()) {
            return;
        }
        Entry entry = enter(ino);
        try {
            entry.locks.set(Ranges.normal(lock));
        } finally {
            leave(ino);
        }
    }

    @Override
    public void setlkw(long ino, FileLock lock) throws FsException {
        if (lock.mode() == FileLock.Mode.NONE) {
            setlk(ino, lock);
            return;
        }
        require(lock);
        Entry entry = enter(ino);
        try {
            await(entry.locks, entry.locks.enter(Ranges.normal(lock)));
        } finally {
            leave(ino);
        }
    }

    @Override
    public void unlockAll(long ino, FileLock.Kind kind, long owner) throws FsException {
        setlk(ino, new FileLock(kind, owner, 0, FileLock.Mode.NONE, 0, Long.MAX_VALUE));
    }

    /** How many calls of {@link #setlkw} on this mount wait for a lock on an inode. */
    int waiting(long ino) {
        Entry entry = inodes.get(ino);
        return entry == null ? 0 : entry.locks.waiting();
    }

    @Override
    public void changed(Key key) {
        if (Keys.isLocks(key)) {
            Entry entry = inodes.get(Keys.numberIn(key.partition()));
            if (entry != null) {
                entry.locks.changedElsewhere();
            }
        }
    }

    @Override
    public void lost() {
        inodes.values().forEach(entry -> entry.locks.changedElsewhere());
    }

    private void await(InodeLocks locks, Waiter waiter) throws FsException {
        long pause = FIRST_PAUSE_NANOS;
        long lookAt = System.nanoTime() + pause;
        while (true) {
            switch (waiter.state()) {
                case GRANTED -> {
                    return;
                }
                case DEADLOCKED -> throw new FsException(Errno.EDEADLK);
                case WAITING -> {
                    // Below.
                }
            }
            if (Thread.interrupted()) {
                giveUp(locks, waiter);
                return;
            }
            boolean over = closed || !session.alive();
            if (over) {
                locks.leave(waiter);
                throw new FsException(Errno.EIO, "the volume is being unmounted, or this client's session is dead");
            }
            boolean mustLook = locks.mustLook(waiter);
            if (mustLook && (locks.pollPoked() || System.nanoTime() - lookAt >= 0)) {
                look(locks, waiter);
                pause = Math.min(2 * pause, feedFresh.getAsBoolean() ? PAUSE_WITH_FEED_NANOS : PAUSE_NANOS);
                lookAt = System.nanoTime() + pause;
                continue;
            }
            LockSupport.parkNanos(locks, mustLook ? Math.max(1, lookAt - System.nanoTime()) : PAUSE_WITH_FEED_NANOS);
        }
    }

    /** A waiter that cannot be served any more must not stay in the queue: it would be given a lock that nobody drops. */
    private static void look(InodeLocks locks, Waiter waiter) throws FsException {
        boolean done = false;
        try {
            locks.look(waiter);
            done = true;
        } finally {
            if (!done) {
                locks.leave(waiter);
            }
        }
    }

    private static void giveUp(InodeLocks locks, Waiter waiter) throws FsException {
        locks.leave(waiter);
        if (waiter.state() == Waiter.State.GRANTED) {
            // It came first; the interrupt is for whatever comes next.
            Thread.currentThread().interrupt();
            return;
        }
        throw new FsException(waiter.state() == Waiter.State.DEADLOCKED ? Errno.EDEADLK : Errno.EINTR);
    }

    private static void require(FileLock lock) throws FsException {
        if (lock.start() < 0 || lock.end() < lock.start()) {
            throw new FsException(Errno.EINVAL);
        }
    }

    private Entry enter(long ino) {
        return inodes.compute(ino, (key, old) -> {
            Entry entry =
                    old == null ? new Entry(new InodeLocks(ino, session, reader, graph), new AtomicInteger()) : old;
            entry.users.incrementAndGet();
            return entry;
        });
    }

    private void leave(long ino) {
        inodes.computeIfPresent(
                ino, (key, entry) -> entry.users.decrementAndGet() == 0 && !entry.locks.mine() ? null : entry);
    }

    @Override
    public void close() {
        closed = true;
        inodes.forEach((ino, entry) -> {
            entry.locks.wakeAll();
            if (!session.alive()) {
                return;
            }
            try {
                entry.locks.dropAll();
            } catch (FsException e) {
                LOG.warn("locks on inode {} stay until others find this session gone: {}", ino, e.getMessage());
            }
        });
    }
}
