package dev.leat.meta.gc;

import dev.leat.meta.engine.MetaException;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.record.SessionRecord;
import dev.leat.meta.session.Failures;
import dev.leat.meta.session.Reader;
import dev.leat.meta.session.Session;
import dev.leat.sys.Pause;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Waits for sessions that may be over: what a dead one left behind can only go when it was silent for its lease, and a run that ends sooner
 * would never see that. Those whose process runs on this host are not waited for.
 */
final class SilentSessions {
    private static final long LOOK_NANOS = 100_000_000;

    /** What looking and declaring takes at the end of a lease. */
    private static final Duration MARGIN = Duration.ofSeconds(1);

    private final Session session;
    private final Reader reader;

    SilentSessions(Session session, Reader reader) {
        this.session = session;
        this.reader = reader;
    }

    /** Returns when each has sent a heartbeat or is declared dead, at the latest after the longest lease. */
    void await(GarbageCollector.Waiting listener) throws FsException {
        Map<Integer, Long> before = LiveSessions.look(reader).beats();
        Set<Integer> doubtful = doubtful();
        if (doubtful.isEmpty()) {
            return;
        }
        Duration longest = session.others().values().stream()
                .max(Duration::compareTo)
                .orElse(Duration.ZERO)
                .plus(MARGIN);
        listener.waiting(doubtful.size(), longest);
        long end = session.nanoTime() + longest.toNanos();
        while (!Thread.currentThread().isInterrupted()) {
            session.watchOthers();
            Map<Integer, Long> now = LiveSessions.look(reader).beats();
            doubtful.removeIf(number -> !Objects.equals(before.get(number), now.get(number)));
            if (doubtful.isEmpty() || session.nanoTime() > end) {
                return;
            }
            Pause.nanos(LOOK_NANOS);
        }
    }

    private Set<Integer> doubtful() throws FsException {
        Set<Integer> doubtful = new HashSet<>();
        try {
            for (SessionRecord other : LiveSessions.records(reader)) {
                if (other.number() != session.number() && !runsHere(other)) {
                    doubtful.add(other.number());
                }
            }
        } catch (MetaException e) {
            throw Failures.of(e);
        }
        return doubtful;
    }

    private boolean runsHere(SessionRecord other) {
        return other.host().equals(session.record().host())
                && ProcessHandle.of(other.pid()).isPresent();
    }
}
