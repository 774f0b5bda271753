package dev.leat.store;

import java.time.Duration;

/**
 * When a failed request is tried again.
 *
 * @param attemptsMax most attempts of one call, at least 1
 * @param backoffMin upper bound of the random pause before the second attempt; doubled for each further one
 * @param backoffMax most that the bound grows to
 * @param deadline time from the call's begin after which no attempt begins
 * @param budgetShare retries allowed per request, over all calls: 0.1 adds at most 10 % to a troubled store's load
 * @param budgetFloorPerSecond retries per second that are allowed however few requests there are
 */
public record RetryPolicy(
        int attemptsMax,
        Duration backoffMin,
        Duration backoffMax,
        Duration deadline,
        double budgetShare,
        int budgetFloorPerSecond) {

    /**
     * Ten attempts within 30 s, the time a file system request may take; 50 ms is what a store needs to answer at all,
     * 5 s what a rate limit needs to recover.
     */
    public static final RetryPolicy DEFAULT =
            new RetryPolicy(10, Duration.ofMillis(50), Duration.ofSeconds(5), Duration.ofSeconds(30), 0.1, 10);

    /** Checks the values. */
    public RetryPolicy {
        if (attemptsMax < 1) {
            throw new IllegalArgumentException("at least 1 attempt is needed, not " + attemptsMax);
        }
        if (!backoffMin.isPositive() || backoffMax.compareTo(backoffMin) < 0 || !deadline.isPositive()) {
            throw new IllegalArgumentException("pauses and deadline must be positive, and the longest pause not below "
                    + "the shortest: " + backoffMin + ", " + backoffMax + ", " + deadline);
        }
        if (budgetShare < 0 || budgetShare > 1 || budgetFloorPerSecond < 0) {
            throw new IllegalArgumentException(
                    "the retry budget is a share of 0 to 1 and a floor of 0 or more per second, not " + budgetShare
                            + " and " + budgetFloorPerSecond);
        }
    }
}
