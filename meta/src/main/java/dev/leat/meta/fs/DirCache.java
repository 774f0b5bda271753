package dev.leat.meta.fs;

import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.Value;
import dev.leat.meta.feed.KeyWatch;
import dev.leat.meta.record.Keys;
import dev.leat.meta.session.ValueCache;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the static parts of directories, so that making something in one needs no read before the commit, which checks the
 * stamp: what others change meanwhile costs a second try, and the feed makes that rare.
 *
 * <p>Concurrency: one lock; all methods are short.
 */
final class DirCache implements ValueCache, KeyWatch {
    /** A few MiB; a mount rarely works in more directories at a time. */
    private static final int DIRECTORIES = 10_000;

    private final Map<Key, Value> records = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Value> eldest) {
            return size() > DIRECTORIES;
        }
    };

    @Override
    public @Nullable Value get(Key key) {
        if (!isDir(key)) {
            return null;
        }
        synchronized (records) {
            return records.get(key);
        }
    }

    @Override
    public void put(Key key, @Nullable Value value) {
        if (!isDir(key)) {
            return;
        }
        synchronized (records) {
            if (value == null) {
                records.remove(key);
            } else {
                records.put(key, value);
            }
        }
    }

    @Override
    public void changed(Key key) {
        put(key, null);
    }

    @Override
    public void lost() {
        synchronized (records) {
            records.clear();
        }
    }

    private static boolean isDir(Key key) {
        return key.name().length() == 1 && key.name().at(0) == '.' && Keys.isDirectory(key.partition());
    }
}
