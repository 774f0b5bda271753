package dev.leat.meta.session;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Check;
import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.CommitResult;
import dev.leat.meta.engine.CommitRules;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Stamp;
import dev.leat.meta.engine.Value;
import dev.leat.meta.engine.Write;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.record.Heartbeat;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.SessionRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the heartbeats of other sessions. One that has not <em>changed</em> for that session's whole lease, by the watcher's own
 * monotonic clock, belongs to a dead session: its rows are removed, which fences whatever it may still send. What it leaves behind (holds, locks) is
 * cleaned up by whoever comes across it and finds no live session of that number.
 *
 * <p>Only time in which the watcher looked counts. Where it could not look for a while, as when the engine was out of reach or the machine stood still,
 * the others may have been cut off as well, and whoever is back first must not bury them.
 */
final class SessionWatch {
    private static final Logger LOG = LoggerFactory.getLogger(SessionWatch.class);

    private final MetaEngine engine;
    private final int self;
    private final Supplier<Stamp> stamps;
    private final LongSupplier nanoTime;
    private final long longestGapNanos;
    private final Map<Integer, Seen> seen = new HashMap<>();
    private long lookedAt;

    /**
     * A watch that has seen nobody yet.
     *
     * @param interval how often it is going to look; of a longer time between two looks no more than twice this counts as silence
     */
    SessionWatch(MetaEngine engine, int self, Supplier<Stamp> stamps, LongSupplier nanoTime, Duration interval) {
        this.engine = engine;
        this.self = self;
        this.stamps = stamps;
        this.nanoTime = nanoTime;
        this.longestGapNanos = 2 * interval.toNanos();
        this.lookedAt = nanoTime.getAsLong();
    }

    /** Looks once. Returns the sessions that it declared dead. */
    synchronized List<SessionRecord> look(Duration deadline) throws FsException {
        Reader reader = new Reader(engine, deadline);
        Map<Integer, Value> beats = heartbeats(reader);
        long now = nanoTime.getAsLong();
        long blindNanos = Math.max(0, now - lookedAt - longestGapNanos);
        lookedAt = now;
        Set<Integer> present = new HashSet<>(beats.keySet());
        seen.keySet().retainAll(present);
        List<SessionRecord> reaped = new ArrayList<>();
        for (Map.Entry<Integer, Value> entry : beats.entrySet()) {
            int number = entry.getKey();
            Value beat = entry.getValue();
            Seen last = seen.get(number);
            if (last == null || !last.stamp.equals(beat.stamp())) {
                seen.put(number, new Seen(beat.stamp(), now, lease(beat)));
            } else if (now - last.sinceNanos - blindNanos <= last.lease.toNanos()) {
                seen.put(number, new Seen(last.stamp, last.sinceNanos + blindNanos, last.lease));
            } else {
                SessionRecord record = reap(reader, number, beat.stamp(), deadline);
                if (record != null) {
                    reaped.add(record);
                }
                seen.remove(number);
            }
        }
        return reaped;
    }

    /** The leases of the other live sessions, read now. */
    Map<Integer, Duration> others(Duration deadline) throws FsException {
        Map<Integer, Duration> leases = new HashMap<>();
        for (Map.Entry<Integer, Value> entry :
                heartbeats(new Reader(engine, deadline)).entrySet()) {
            leases.put(entry.getKey(), lease(entry.getValue()));
        }
        return leases;
    }

    private Map<Integer, Value> heartbeats(Reader reader) throws FsException {
        Map<Integer, Value> beats = new HashMap<>();
        Bytes after = null;
        while (true) {
            List<Map.Entry<Key, Value>> page = reader.scan(Keys.heartbeats(), after, CommitRules.PAGE_MAX);
            for (Map.Entry<Key, Value> entry : page) {
                after = entry.getKey().name();
                int number = (int) Keys.numberIn(after);
                if (number != self) {
                    beats.put(number, entry.getValue());
                }
            }
            if (page.size() < CommitRules.PAGE_MAX) {
                return beats;
            }
        }
    }

    private @Nullable SessionRecord reap(Reader reader, int number, Stamp heartbeat, Duration deadline)
            throws FsException {
        Value row = reader.get(Keys.session(number));
        try {
            SessionRecord record = row == null ? null : SessionRecord.decode(row.bytes());
            int slots = record == null ? SlotPool.SLOTS : record.slots();
            if (!remove(engine, number, slots, heartbeat, stamps.get(), deadline)) {
                return null;
            }
            LOG.warn(
                    "session {} ({}) was silent for its whole lease and is declared dead",
                    Integer.toUnsignedString(number, 16),
                    record == null ? "unknown" : record.host() + ":" + record.pid() + " at " + record.mountPoint());
            return record;
        } catch (MetaException e) {
            throw Failures.of(e);
        }
    }

    /**
     * Removes a session's rows, if its heartbeat is still the one that was seen. Without a slot: a copy that arrives later finds
     * no such heartbeat.
     */
    static boolean remove(MetaEngine engine, int number, int slots, Stamp heartbeat, Stamp stamp, Duration deadline)
            throws FsException {
        List<Write> writes = new ArrayList<>();
        writes.add(new Write.Delete(Keys.heartbeat(number)));
        writes.add(new Write.Delete(Keys.session(number)));
        for (int slot = 0; slot < slots; slot++) {
            writes.add(new Write.Delete(Keys.slot(number, slot)));
        }
        Check same = new Check.At(Keys.heartbeat(number), heartbeat);
        Commit commit = new Commit(null, stamp, List.of(same), writes, false);
        return Unslotted.commit(engine, commit, deadline) instanceof CommitResult.Applied;
    }

    private static Duration lease(Value beat) throws FsException {
        try {
            return Heartbeat.decode(beat.bytes()).lease();
        } catch (MetaException e) {
            throw Failures.of(e);
        }
    }

    /** A heartbeat, and since when it is the same, less the time in which nobody looked. */
    private record Seen(Stamp stamp, long sinceNanos, Duration lease) {}
}
