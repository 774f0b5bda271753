package dev.leat.meta.session;

import dev.leat.meta.fs.FsException;
import dev.leat.sys.Pause;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends a session's heartbeats and watches the others'. Does nothing else, so that nothing can hold it up. */
final class HeartbeatThread extends Thread {
    private static final Logger LOG = LoggerFactory.getLogger(HeartbeatThread.class);

    private final Session session;
    private final long intervalNanos;
    private volatile boolean ended;

    HeartbeatThread(Session session, Duration interval) {
        super("leat-heartbeat");
        setDaemon(true);
        this.session = session;
        this.intervalNanos = interval.toNanos();
    }

    @Override
    public void run() {
        long next = System.nanoTime() + intervalNanos;
        while (session.alive()) {
            Pause.nanos(next - System.nanoTime(), () -> ended);
            if (ended) {
                return;
            }
            next = System.nanoTime() + intervalNanos;
            try {
                session.beat();
                session.watchOthers();
            } catch (FsException e) {
                if (!ended && session.alive()) {
                    LOG.warn("session {}: a heartbeat failed: {}", session.shortName(), e.getMessage());
                }
            }
        }
    }

    /** Stops it and waits for a heartbeat under way. */
    void end() {
        ended = true;
        LockSupport.unpark(this);
        boolean interrupted = false;
        while (isAlive() && this != Thread.currentThread()) {
            try {
                join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
