package dev.leat.store;

/**
 * A store that is ready for use, with what is known about it.
 *
 * @param store limited, metered and retried; closing it closes all
 * @param metered the counts of every attempt
 * @param retrying the counts of retries
 */
public record OpenStore(ObjectStore store, MeteredStore metered, RetryingStore retrying) implements AutoCloseable {
    @Override
    public void close() {
        store.close();
    }
}
