package dev.leat.meta.session;

import java.time.Clock;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How a session is to be.
 *
 * @param mountPoint where it is mounted, or what else it is; shown to people
 * @param lease how long it may be silent before others declare it dead, at least {@link #LEASE_MIN}
 * @param requestDeadline how long a call may wait for an unreachable engine before it ends with EIO
 * @param clock wall clock, for file times and for people; never compared with another host's
 * @param nanoTime monotonic clock in nanoseconds, by which the silence of others is measured
 * @param heartbeat whether a thread of the session's own sends heartbeats and watches the others; a test may do it by hand
 */
public record SessionSpec(
        String mountPoint,
        Duration lease,
        Duration requestDeadline,
        Clock clock,
        LongSupplier nanoTime,
        boolean heartbeat) {
    /** 60 s: longer than the pauses of a busy host, short enough that locks of a dead one are not waited for long. */
    public static final Duration LEASE_DEFAULT = Duration.ofSeconds(60);

    /** 1 s: with less, an ordinary pause of the JVM or the disk looks like death. */
    public static final Duration LEASE_MIN = Duration.ofSeconds(1);

    /** 30 s: as long as an application can be expected to hang. */
    public static final Duration REQUEST_DEADLINE_DEFAULT = Duration.ofSeconds(30);

    /**
     * Refuses a lease that is too short.
     *
     * @throws IllegalArgumentException with one line for the user
     */
    public SessionSpec {
        if (lease.compareTo(LEASE_MIN) < 0) {
            throw new IllegalArgumentException(
                    "a lease of " + lease.toMillis() + " ms is too short; it must be at least 1s");
        }
    }

    /** The defaults. */
    public static SessionSpec of(String mountPoint) {
        return new SessionSpec(
                mountPoint, LEASE_DEFAULT, REQUEST_DEADLINE_DEFAULT, Clock.systemUTC(), System::nanoTime, true);
    }

    /** With another lease. */
    public SessionSpec withLease(Duration newLease) {
        return new SessionSpec(mountPoint, newLease, requestDeadline, clock, nanoTime, heartbeat);
    }
}
