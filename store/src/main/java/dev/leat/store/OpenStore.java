package dev.leat.store;

import org.jspecify.annotations.Nullable;

/**
 * A store that is ready for use, with what is known about it.
 *
 * @param store limited, metered and retried; closing it closes all
 * @param metered the counts of every attempt
 * @param retrying the counts of retries
 * @param hedged the counts of ranges that were asked for twice, null if none ever is
 */
public record OpenStore(
        ObjectStore store,
        MeteredStore metered,
        RetryingStore retrying,
        @Nullable HedgedStore hedged) implements AutoCloseable {
    @Override
    public void close() {
        store.close();
    }
}
