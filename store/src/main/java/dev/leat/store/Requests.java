package dev.leat.store;

/**
 * Sends requests to what is remote but no {@link ObjectStore}, with the same care: retries around limits around meters, so
 * each attempt waits for its turn and is counted. What is sent only reads, so that it can just be repeated.
 */
public final class Requests {
    private final Retries retries;
    private final Turns turns;
    private final Meters meters = new Meters();

    /**
     * For one remote thing.
     *
     * @param location what is asked, for messages
     * @param limits how much of it this process may use
     * @param policy when failed requests are tried again
     */
    public Requests(String location, StoreLimits limits, RetryPolicy policy) {
        this.retries = new Retries(policy, Pauses.REAL);
        this.turns = new Turns(location, limits, Pauses.REAL);
    }

    /** One attempt. */
    @FunctionalInterface
    public interface Request<T> {
        /** Sends it and waits for the answer; what it began it has undone when it fails. */
        T send() throws StoreException;
    }

    /**
     * Sends a request until it is answered.
     *
     * @param bytes bytes of the answer that count against the limit, 0 if they are few
     */
    public <T> T call(StoreOperation operation, long bytes, Request<T> request) throws StoreException {
        return retries.call(() -> turns.take(1, 0, bytes, () -> meters.count(operation, bytes, request::send)));
    }

    /** The counts of every attempt. */
    public StoreMetrics metrics() {
        return meters.metrics();
    }

    /** Requests that were tried again. */
    public long retries() {
        return retries.retries();
    }

    /** Requests that were not tried again, since too many fail. */
    public long refusedByBudget() {
        return retries.refusedByBudget();
    }
}
