package dev.leat.meta.session;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import dev.leat.meta.engine.Prefix;
import dev.leat.meta.engine.Value;
import dev.leat.meta.fs.FsException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads from the engine, again and again while it is unreachable, until the request's deadline. */
public final class Reader {
    private static final long FIRST_PAUSE_NANOS = 5_000_000;
    private static final long LONGEST_PAUSE_NANOS = 1_000_000_000;

    private final MetaEngine engine;
    private final Duration deadline;

    /**
     * A reader.
     *
     * @param deadline longest time for one call
     */
    public Reader(MetaEngine engine, Duration deadline) {
        this.engine = engine;
        this.deadline = deadline;
    }

    /** The engine itself. */
    public MetaEngine engine() {
        return engine;
    }

    /** The value at a key, null if there is none. */
    public @Nullable Value get(Key key) throws FsException {
        return get(List.of(key), List.of()).get(key);
    }

    /** Values at one instant. */
    public Map<Key, Value> get(List<Key> keys, List<Prefix> prefixes) throws FsException {
        return untilDeadline(() -> engine.get(keys, prefixes));
    }

    /** A page of a partition. */
    public List<Map.Entry<Key, Value>> scan(Prefix prefix, @Nullable Bytes after, int limit) throws FsException {
        return untilDeadline(() -> engine.scan(prefix, after, limit));
    }

    /** Returns when everything acknowledged so far survives power loss. */
    public void sync() throws FsException {
        untilDeadline(() -> {
            engine.sync();
            return true;
        });
    }

    private <T> T untilDeadline(Call<T> call) throws FsException {
        try (Backoff backoff =
                new Backoff(System.nanoTime() + deadline.toNanos(), FIRST_PAUSE_NANOS, LONGEST_PAUSE_NANOS)) {
            while (true) {
                try {
                    return call.make();
                } catch (MetaException e) {
                    if (e.kind() != Kind.UNAVAILABLE) {
                        throw Failures.of(e);
                    }
                    if (!backoff.pause()) {
                        throw Failures.late("reading metadata", e);
                    }
                }
            }
        }
    }

    /** A call of the engine. */
    private interface Call<T> {
        T make() throws MetaException;
    }
}
