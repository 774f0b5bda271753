package dev.leat.meta.engine.memory;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.CommitResult;
import dev.leat.meta.engine.CommitRules;
import dev.leat.meta.engine.FeedPage;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import dev.leat.meta.engine.Prefix;
import dev.leat.meta.engine.Value;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One client's view of a {@link MemoryVolume}. Several views of one volume behave as clients on different machines do. It
 * lives as long as the process: nothing in it survives anything, and {@link #info} says so.
 */
public final class MemoryEngine implements MetaEngine {
    private static final EngineInfo INFO =
            new EngineInfo("memory", "memory:", false, "metadata in memory is lost when the process ends", true, false);

    private final MemoryVolume volume;
    private volatile boolean closed;

    /** The only client of a new volume. */
    public MemoryEngine() {
        this(new MemoryVolume());
    }

    /** Another client of a volume. */
    public MemoryEngine(MemoryVolume volume) {
        this.volume = volume;
    }

    @Override
    public EngineInfo info() {
        return INFO;
    }

    @Override
    public Map<Key, Value> get(List<Key> keys, List<Prefix> prefixes) throws MetaException {
        requireOpen();
        return volume.read(values -> {
            Map<Key, Value> found = new HashMap<>();
            int left = CommitRules.PREFIX_KEYS_MAX;
            for (Prefix prefix : prefixes) {
                List<Map.Entry<Key, Value>> page = MemoryVolume.page(values, prefix, null, left + 1);
                left -= page.size();
                if (left < 0) {
                    throw CommitRules.prefixesTooWide();
                }
                page.forEach(entry -> found.put(entry.getKey(), entry.getValue()));
            }
            for (Key key : keys) {
                Value value = values.get(key);
                if (value != null) {
                    found.put(key, value);
                }
            }
            return found;
        });
    }

    @Override
    public List<Map.Entry<Key, Value>> scan(Prefix prefix, @Nullable Bytes after, int limit) throws MetaException {
        requireOpen();
        CommitRules.validatePage(limit);
        Key from = after == null ? null : new Key(prefix.partition(), after);
        return volume.read(values -> MemoryVolume.page(values, prefix, from, limit));
    }

    @Override
    public CommitResult commit(Commit commit) throws MetaException {
        requireOpen();
        CommitRules.validate(commit);
        return volume.commit(commit);
    }

    @Override
    public void sync() throws MetaException {
        requireOpen();
    }

    @Override
    public FeedPage feed(FeedPage.@Nullable Position after, int limit, Duration wait) throws MetaException {
        requireOpen();
        CommitRules.validatePage(limit);
        FeedPage page = volume.feed(after, limit, wait, () -> closed);
        requireOpen();
        return page;
    }

    @Override
    public boolean isEnd(FeedPage.Position position) throws MetaException {
        requireOpen();
        return volume.isEnd(position);
    }

    @Override
    public void export(ExportConsumer consumer) throws MetaException {
        requireOpen();
        // References only: the values themselves never change.
        List<Map.Entry<Key, Value>> all = volume.read(values -> {
            List<Map.Entry<Key, Value>> copy = new ArrayList<>(values.size());
            values.forEach((key, value) -> copy.add(Map.entry(key, value)));
            return copy;
        });
        for (Map.Entry<Key, Value> entry : all) {
            consumer.entry(entry.getKey(), entry.getValue().bytes());
        }
    }

    @Override
    public void destroy() throws MetaException {
        requireOpen();
        volume.destroy();
    }

    @Override
    public void close() {
        closed = true;
        volume.wakeFeeds();
    }

    private void requireOpen() throws MetaException {
        if (closed) {
            throw new MetaException(Kind.INVALID, "this client of the memory volume is closed");
        }
    }
}
