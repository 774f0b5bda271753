package dev.leat.meta.fs;

import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.Value;
import dev.leat.meta.feed.KeyWatch;
import dev.leat.meta.record.Keys;
import dev.leat.meta.session.ValueCache;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the static parts of directories and entries seen not long ago, so that making something in a directory, and removing, renaming or
 * publishing what was just looked up or made, needs no read before the commit, which checks the stamps: what others change meanwhile costs a second try,
 * and the feed makes that rare.
 *
 * <p>Concurrency: one lock for each of the two; all methods are short.
 */
final class DirCache implements ValueCache, KeyWatch {
    /** A few MiB; a mount rarely works in more directories at a time. */
    private static final int DIRECTORIES = 10_000;

    /** About 10 MiB. */
    private static final int ENTRIES = 25_000;

    /** Larger entries, which hold a file's content, are not kept. */
    private static final int ENTRY_BYTES_MAX = 512;

    private final Recent records = new Recent(DIRECTORIES, Integer.MAX_VALUE);
    private final Recent entries = new Recent(ENTRIES, ENTRY_BYTES_MAX);

    /** The least recently used go first. */
    private static final class Recent extends LinkedHashMap<Key, Value> {
        private static final long serialVersionUID = 1L;

        private final int most;
        private final int bytesMax;

        Recent(int most, int bytesMax) {
            super(16, 0.75f, true);
            this.most = most;
            this.bytesMax = bytesMax;
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Value> eldest) {
            return size() > most;
        }
    }

    @Override
    public @Nullable Value get(Key key) {
        Recent map = of(key);
        if (map == null) {
            return null;
        }
        synchronized (map) {
            return map.get(key);
        }
    }

    @Override
    public void put(Key key, @Nullable Value value) {
        Recent map = of(key);
        if (map == null) {
            return;
        }
        boolean kept = value != null && value.bytes().length <= map.bytesMax;
        synchronized (map) {
            if (kept) {
                map.put(key, value);
            } else {
                map.remove(key);
            }
        }
    }

    @Override
    public void changed(Key key) {
        put(key, null);
    }

    @Override
    public void lost() {
        for (Recent map : List.of(records, entries)) {
            synchronized (map) {
                map.clear();
            }
        }
    }

    private @Nullable Recent of(Key key) {
        if (!Keys.isDirectory(key.partition())) {
            return null;
        }
        if (Keys.isEntry(key.name())) {
            return entries;
        }
        return key.name().length() == 1 && key.name().at(0) == '.' ? records : null;
    }
}
