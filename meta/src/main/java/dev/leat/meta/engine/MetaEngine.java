package dev.leat.meta.engine;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A strictly serialisable store of small values, shared by all clients of one volume. The POSIX file system is written
 * once on these few calls; an engine is an adapter, proven by {@code MetaEngineContract}.
 *
 * <p>All methods block, may be called from any thread, and end within the engine's request timeout with a {@link
 * MetaException}. An engine reconnects by itself after a failover: a call made meanwhile is UNAVAILABLE and may be made
 * again.
 */
public interface MetaEngine extends AutoCloseable {

    /** What this engine is, for messages and {@code status}. */
    EngineInfo info();

    /**
     * Values at one instant, in one round trip.
     *
     * @param keys keys to read; absent ones are missing from the result
     * @param prefixes ranges to read whole; meant for a handful of keys each, at most 1,000 in all
     */
    Map<Key, Value> get(List<Key> keys, List<Prefix> prefixes) throws MetaException;

    /**
     * Part of a partition, in key order. Two pages need not be of one instant.
     *
     * @param prefix the keys to walk
     * @param after only keys greater than this one; null from the start
     * @param limit most entries, 1 to 10,000; a shorter page is the last one
     */
    List<Map.Entry<Key, Value>> scan(Prefix prefix, @Nullable Bytes after, int limit) throws MetaException;

    /**
     * Applies a commit exactly once. UNAVAILABLE leaves it in doubt: send the same commit again until it is decided.
     *
     * @throws MetaException of kind INVALID when it is over the limits, or its slot was used out of turn
     */
    CommitResult commit(Commit commit) throws MetaException;

    /** Returns when everything acknowledged before this call would survive power loss. */
    void sync() throws MetaException;

    /**
     * Commits since a position, waiting for the first one.
     *
     * @param after where to start; null for the present, which returns at once with no events
     * @param limit most events, 1 to 10,000
     * @param wait longest time to wait for an event; an empty page after it shows that the engine is alive
     */
    FeedPage feed(FeedPage.@Nullable Position after, int limit, Duration wait) throws MetaException;

    /**
     * Whether surely nothing was committed after a position, not even a moment ago. Asks nobody and does not wait: an engine that cannot tell
     * so, such as one behind a network, says no.
     */
    default boolean isEnd(FeedPage.Position position) throws MetaException {
        return false;
    }

    /**
     * Hands every key and value to {@code consumer}, partition by partition, in bounded memory; each partition's keys in order. The state of
     * one instant, or, where {@link EngineInfo#snapshotExport} is false, of some instant between start and end for each partition.
     */
    void export(ExportConsumer consumer) throws MetaException;

    /** Removes everything that this engine stores for the volume, with the files or tables it made. */
    void destroy() throws MetaException;

    @Override
    void close();

    /** Takes an exported entry. */
    @FunctionalInterface
    interface ExportConsumer {
        /** Takes one key and its value. */
        void entry(Key key, byte[] value) throws MetaException;
    }

    /**
     * What an engine is.
     *
     * @param name such as {@code sqlite}
     * @param location its URL without secrets
     * @param durable whether a durable commit truly survives power loss as the server is set up
     * @param warning one line to show at format and mount when it does not, else null
     * @param snapshotExport whether an export is the state of one instant
     * @param remote whether a call crosses a network
     */
    record EngineInfo(
            String name,
            String location,
            boolean durable,
            @Nullable String warning,
            boolean snapshotExport,
            boolean remote) {}
}
