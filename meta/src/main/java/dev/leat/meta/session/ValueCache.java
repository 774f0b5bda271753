package dev.leat.meta.session;

import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.Value;
import org.jspecify.annotations.Nullable;

/**
 * Values that a client remembers to save a round trip. They may be out of date: a commit that builds on one checks its stamp, and an
 * answer that is an error is never given on one.
 */
public interface ValueCache {
    /** Remembers nothing. */
    ValueCache NONE = new ValueCache() {
        @Override
        public @Nullable Value get(Key key) {
            return null;
        }

        @Override
        public void put(Key key, @Nullable Value value) {
            // Remembers nothing.
        }
    };

    /** The value last seen at a key, null if unknown. */
    @Nullable
    Value get(Key key);

    /** A value was seen, or null: that there is none. */
    void put(Key key, @Nullable Value value);
}
