package dev.leat.meta.session;

import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.Stamp;
import dev.leat.meta.engine.Value;
import dev.leat.meta.engine.Write;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Values that a client remembers to save a round trip. They may be out of date: a commit that builds on one checks its stamp, and an
 * answer that is an error is never given on one.
 *
 * <p>It is told of every read and every commit as they begin and end, so that it can tell which of its values are sure.
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

        @Override
        public long moment() {
            return 0;
        }

        @Override
        public void seen(Key key, @Nullable Value value, long began) {
            // Remembers nothing.
        }

        @Override
        public long committing(List<Write> writes) {
            return 0;
        }

        @Override
        public void applied(List<Write> writes, Set<Long> born, Stamp stamp, long began) {
            // Remembers nothing.
        }

        @Override
        public void refused(List<Write> writes) {
            // Remembers nothing.
        }

        @Override
        public void undecided(List<Write> writes) {
            // Remembers nothing.
        }
    };

    /** The value last seen at a key, null if unknown. */
    @Nullable
    Value get(Key key);

    /** A value was seen at some time, or null: that there was none. */
    void put(Key key, @Nullable Value value);

    /** The present, to be asked for before a read begins. */
    long moment();

    /**
     * A read found a value, or null: that there is none.
     *
     * @param began the {@link #moment} before it
     */
    void seen(Key key, @Nullable Value value, long began);

    /** A commit is about to be sent; returns the {@link #moment} for {@link #applied}. One of the three that follow tells how it ended. */
    long committing(List<Write> writes);

    /**
     * A commit was applied.
     *
     * @param born directories that it made
     * @param stamp what it wrote has this stamp
     * @param began what {@link #committing} returned
     */
    void applied(List<Write> writes, Set<Long> born, Stamp stamp, long began);

    /** A commit had no effect. */
    void refused(List<Write> writes);

    /** Whether a commit was applied, or will be, is not known. */
    void undecided(List<Write> writes);
}
