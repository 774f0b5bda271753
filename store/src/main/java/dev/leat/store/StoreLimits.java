package dev.leat.store;

/**
 * How much of a store one process may use; 0 is no limit.
 *
 * @param requestsInFlightMax requests at a time
 * @param requestsPerSecond requests per second
 * @param uploadBytesPerSecond bytes sent per second
 * @param downloadBytesPerSecond bytes received per second
 */
public record StoreLimits(
        int requestsInFlightMax, long requestsPerSecond, long uploadBytesPerSecond, long downloadBytesPerSecond) {
    /** No limits. */
    public static final StoreLimits NONE = new StoreLimits(0, 0, 0, 0);

    /** Checks the values. */
    public StoreLimits {
        if (requestsInFlightMax < 0
                || requestsPerSecond < 0
                || uploadBytesPerSecond < 0
                || downloadBytesPerSecond < 0) {
            throw new IllegalArgumentException("a limit of the store is positive, or 0 for none");
        }
    }
}
