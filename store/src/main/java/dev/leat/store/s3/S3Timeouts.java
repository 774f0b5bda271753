package dev.leat.store.s3;

import java.time.Duration;

/**
 * How long each stage of a request may take.
 *
 * @param connect for a TCP connection and TLS, per address
 * @param acquire for a free connection of the pool
 * @param idle between two pieces of an answer
 * @param call for a whole request without its body; a body adds the time it takes at {@link #rateMinBytesPerSecond}
 * @param complete for completing an upload, whose parts some servers copy before they answer
 * @param rateMinBytesPerSecond slowest transfer that is waited for, in bytes per second
 */
public record S3Timeouts(
        Duration connect,
        Duration acquire,
        Duration idle,
        Duration call,
        Duration complete,
        long rateMinBytesPerSecond) {

    /**
     * Connecting takes at most a few round trips, 3 s leaves room for one lost SYN; a server silent for 10 s is gone;
     * 20 s for a call leave room for one retry within the 30 s that a file system request may take. S3 copies large
     * uploads for minutes when completing them. 1 MiB/s is a slow line.
     */
    public static final S3Timeouts DEFAULT = new S3Timeouts(
            Duration.ofSeconds(3),
            Duration.ofSeconds(10),
            Duration.ofSeconds(10),
            Duration.ofSeconds(20),
            Duration.ofMinutes(5),
            1 << 20);

    /** Checks the values. */
    public S3Timeouts {
        positive("connect", connect);
        positive("acquire", acquire);
        positive("idle", idle);
        positive("call", call);
        positive("complete", complete);
        if (rateMinBytesPerSecond <= 0) {
            throw new IllegalArgumentException("slowest rate must be positive, in bytes per second");
        }
    }

    private static void positive(String name, Duration value) {
        if (!value.isPositive()) {
            throw new IllegalArgumentException(name + " timeout must be positive, not " + value);
        }
    }

    /** The time a request with a body may take. */
    Duration callWithBody(long bodyBytes) {
        return call.plusMillis(bodyBytes * 1_000 / rateMinBytesPerSecond);
    }
}
