package dev.leat.meta.gc;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.CommitRules;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Value;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.record.Heartbeat;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.SessionRecord;
import dev.leat.meta.session.Failures;
import dev.leat.meta.session.Reader;
import dev.leat.store.BlobId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The sessions that live, with their low-water sequences and heartbeats, as of one moment. A question about an object or a blob must be put to
 * a look that was taken <em>after</em> the object or blob was seen: then a session that is missing is over, and not about to begin.
 */
final class LiveSessions {
    private final Map<Long, Long> lowWaters;
    private final Map<Integer, Long> beats;

    private LiveSessions(Map<Long, Long> lowWaters, Map<Integer, Long> beats) {
        this.lowWaters = lowWaters;
        this.beats = beats;
    }

    /** Looks. */
    static LiveSessions look(Reader reader) throws FsException {
        Map<Long, Long> lowWaters = new HashMap<>();
        Map<Integer, Long> beats = new HashMap<>();
        try {
            for (SessionRecord session : records(reader)) {
                lowWaters.put(session.id(), 0L);
                Value value = reader.get(Keys.heartbeat(session.number()));
                if (value != null) {
                    Heartbeat beat = Heartbeat.decode(value.bytes());
                    lowWaters.put(session.id(), beat.lowWaterSequence());
                    beats.put(session.number(), beat.count());
                }
            }
        } catch (MetaException e) {
            throw Failures.of(e);
        }
        return new LiveSessions(lowWaters, beats);
    }

    /** Whether a live session may still be about to refer to this id. */
    boolean mayStillUse(BlobId blob) {
        Long lowWater = lowWaters.get(blob.session());
        return lowWater != null && blob.sequence() >= lowWater;
    }

    /** How many heartbeats each session has sent. */
    Map<Integer, Long> beats() {
        return beats;
    }

    /**
     * Whether each of the sessions of an earlier look is over or has sent two heartbeats since: the second one was begun after that look, so whatever the
     * session learnt of the volume before it has been put right by the feed.
     *
     * @param except a session that need not be waited for: the caller's own
     */
    boolean twoBeatsAfter(Map<Integer, Long> earlier, int except) {
        for (Map.Entry<Integer, Long> entry : earlier.entrySet()) {
            Long now = beats.get(entry.getKey());
            if (entry.getKey() != except && now != null && now < entry.getValue() + 2) {
                return false;
            }
        }
        return true;
    }

    /** The records of all sessions. */
    static List<SessionRecord> records(Reader reader) throws FsException, MetaException {
        List<SessionRecord> records = new ArrayList<>();
        @Nullable Bytes after = null;
        while (true) {
            List<Map.Entry<Key, Value>> page = reader.scan(Keys.sessions(), after, CommitRules.PAGE_MAX);
            for (Map.Entry<Key, Value> row : page) {
                records.add(SessionRecord.decode(row.getValue().bytes()));
            }
            if (page.size() < CommitRules.PAGE_MAX) {
                return records;
            }
            after = page.getLast().getKey().name();
        }
    }
}
