package dev.leat.meta.engine.memory;

import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.CommitPlan;
import dev.leat.meta.engine.CommitResult;
import dev.leat.meta.engine.CommitRules;
import dev.leat.meta.engine.FeedPage;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import dev.leat.meta.engine.Prefix;
import dev.leat.meta.engine.Value;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The state that the {@link MemoryEngine}s of one volume share.
 *
 * <p>Concurrency: one read-write lock over everything; a commit decides and writes under the write lock, so that commits are
 * serial and a read sees the state between two of them.
 */
public final class MemoryVolume {
    /** Events kept when nothing else is said: minutes of a busy volume, a few tens of MiB. */
    public static final int FEED_EVENTS_DEFAULT = 100_000;

    private final int feedEventsMax;
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final Condition committed = lock.writeLock().newCondition();
    private final NavigableMap<Key, Value> values = new TreeMap<>();
    private final NavigableMap<Long, FeedPage.Event> events = new TreeMap<>();
    private long lastEvent;
    private boolean destroyed;

    /** An empty volume. */
    public MemoryVolume() {
        this(FEED_EVENTS_DEFAULT);
    }

    /**
     * An empty volume with a short memory.
     *
     * @param feedEventsMax events kept for {@link MemoryEngine#feed}; older ones are trimmed
     */
    public MemoryVolume(int feedEventsMax) {
        this.feedEventsMax = feedEventsMax;
    }

    /** Forgets all events so far, as a server does that trims its feed. */
    public void trimFeed() {
        lock.writeLock().lock();
        try {
            events.clear();
        } finally {
            lock.writeLock().unlock();
        }
    }

    <T> T read(Reading<T> reading) throws MetaException {
        lock.readLock().lock();
        try {
            requireThere();
            return reading.on(values);
        } finally {
            lock.readLock().unlock();
        }
    }

    CommitResult commit(Commit commit) throws MetaException {
        lock.writeLock().lock();
        try {
            requireThere();
            CommitPlan plan = CommitPlan.decide(commit, new MapState(values));
            for (CommitPlan.Change change : plan.changes()) {
                byte[] bytes = change.value();
                if (bytes == null) {
                    values.remove(change.key());
                } else {
                    values.put(change.key(), new Value(bytes.clone(), commit.stamp()));
                }
            }
            List<Key> keys = CommitRules.feedKeys(commit);
            if (plan.applies() && !keys.isEmpty()) {
                events.put(++lastEvent, new FeedPage.Event(commit.stamp(), keys));
                if (events.size() > feedEventsMax) {
                    events.pollFirstEntry();
                }
                committed.signalAll();
            }
            return plan.result();
        } finally {
            lock.writeLock().unlock();
        }
    }

    boolean isEnd(FeedPage.Position position) throws MetaException {
        long number = number(position);
        if (!lock.readLock().tryLock()) {
            return false;
        }
        try {
            return number == lastEvent;
        } finally {
            lock.readLock().unlock();
        }
    }

    FeedPage feed(FeedPage.@Nullable Position after, int limit, Duration wait, BooleanSupplier closed)
            throws MetaException {
        lock.writeLock().lock();
        try {
            requireThere();
            if (after == null) {
                return page(List.of(), lastEvent, false);
            }
            long position = number(after);
            long nanos = wait.toNanos();
            while (position == lastEvent && nanos > 0 && !closed.getAsBoolean() && !destroyed) {
                nanos = committed.awaitNanos(nanos);
            }
            requireThere();
            long trimmed = lastEvent - events.size();
            if (position < trimmed || position > lastEvent) {
                return page(List.of(), lastEvent, true);
            }
            List<FeedPage.Event> found = events.tailMap(position, false).values().stream()
                    .limit(limit)
                    .toList();
            return page(found, position + found.size(), false);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MetaException(Kind.UNAVAILABLE, "interrupted while waiting for the feed of the memory volume", e);
        } finally {
            lock.writeLock().unlock();
        }
    }

    void wakeFeeds() {
        lock.writeLock().lock();
        try {
            committed.signalAll();
        } finally {
            lock.writeLock().unlock();
        }
    }

    void destroy() {
        lock.writeLock().lock();
        try {
            destroyed = true;
            values.clear();
            events.clear();
            committed.signalAll();
        } finally {
            lock.writeLock().unlock();
        }
    }

    private void requireThere() throws MetaException {
        if (destroyed) {
            throw new MetaException(Kind.NOT_FOUND, "the memory volume was destroyed");
        }
    }

    private static FeedPage page(List<FeedPage.Event> events, long next, boolean reset) {
        return new FeedPage(events, new FeedPage.Position(Long.toString(next)), reset);
    }

    private static long number(FeedPage.Position position) throws MetaException {
        try {
            long number = Long.parseLong(position.token());
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below, with the other wrong spellings.
        }
        throw new MetaException(Kind.INVALID, "no position of this feed: " + position.token());
    }

    /** Something read under the lock. */
    interface Reading<T> {
        T on(NavigableMap<Key, Value> values) throws MetaException;
    }

    /** The map as a commit sees it. */
    private record MapState(NavigableMap<Key, Value> values) implements CommitPlan.State {
        @Override
        public @Nullable Value get(Key key) {
            return values.get(key);
        }

        @Override
        public Map.@Nullable Entry<Key, Value> any(Prefix prefix) {
            Map.Entry<Key, Value> entry = values.ceilingEntry(new Key(prefix.partition(), prefix.start()));
            return entry != null && covers(prefix, entry.getKey()) ? entry : null;
        }
    }

    static boolean covers(Prefix prefix, Key key) {
        return key.partition().equals(prefix.partition()) && key.name().startsWith(prefix.start());
    }

    /** The entries under a prefix after a name, at most {@code limit}. */
    static List<Map.Entry<Key, Value>> page(
            NavigableMap<Key, Value> values, Prefix prefix, @Nullable Key after, int limit) {
        Key first = new Key(prefix.partition(), prefix.start());
        boolean resume = after != null && after.compareTo(first) >= 0;
        List<Map.Entry<Key, Value>> page = new ArrayList<>();
        for (Map.Entry<Key, Value> entry :
                values.tailMap(resume && after != null ? after : first, !resume).entrySet()) {
            if (!covers(prefix, entry.getKey()) || page.size() == limit) {
                break;
            }
            page.add(Map.entry(entry.getKey(), entry.getValue()));
        }
        return page;
    }
}
