package dev.leat.meta.lock;

import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.fs.FileLock;
import dev.leat.meta.fs.FileLock.Kind;
import dev.leat.meta.fs.FileLock.Mode;
import dev.leat.meta.record.SessionRecord;
import dev.leat.meta.session.Reader;
import dev.leat.meta.session.Session;
import dev.leat.meta.session.SessionSpec;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** A mount as far as locks are concerned, whose heartbeats and clock the test has in hand. */
final class LockMount implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private final AtomicLong nanos = new AtomicLong();
    private final Session session;
    private final VolumeLocks locks;

    LockMount(MetaEngine engine) throws Exception {
        SessionSpec spec =
                new SessionSpec("test", Duration.ofSeconds(10), DEADLINE, Clock.systemUTC(), nanos::get, false);
        session = Session.open(engine, spec, "test");
        locks = new VolumeLocks(session, new Reader(engine, DEADLINE), () -> false);
    }

    Session session() {
        return session;
    }

    VolumeLocks locks() {
        return locks;
    }

    /** Heartbeat intervals pass, as far as this mount knows, after each of which it looks for the others; those that it then declares dead. */
    List<SessionRecord> watch(int intervals) throws Exception {
        List<SessionRecord> dead = new ArrayList<>(session.watchOthers());
        for (int i = 0; i < intervals; i++) {
            nanos.addAndGet(session.lease().dividedBy(5).toNanos());
            dead.addAll(session.watchOthers());
        }
        return dead;
    }

    static FileLock flock(long owner, Mode mode) {
        return new FileLock(Kind.FLOCK, owner, 1, mode, 0, Long.MAX_VALUE);
    }

    static FileLock range(long owner, Mode mode, long start, long end) {
        return new FileLock(Kind.POSIX, owner, 1, mode, start, end);
    }

    @Override
    public void close() {
        locks.close();
        session.close();
    }
}
