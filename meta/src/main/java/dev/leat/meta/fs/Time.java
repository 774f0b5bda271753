package dev.leat.meta.fs;

import java.time.Clock;
import java.time.Instant;

/**
 * A file time.
 *
 * @param seconds since 1970, may be negative
 * @param nanos 0 to 999,999,999
 */
public record Time(long seconds, int nanos) implements Comparable<Time> {
    /** 1970. */
    public static final Time EPOCH = new Time(0, 0);

    /** The present by {@code clock}. */
    public static Time now(Clock clock) {
        Instant now = clock.instant();
        return new Time(now.getEpochSecond(), now.getNano());
    }

    @Override
    public int compareTo(Time other) {
        int bySeconds = Long.compare(seconds, other.seconds);
        return bySeconds != 0 ? bySeconds : Integer.compare(nanos, other.nanos);
    }
}
