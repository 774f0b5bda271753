package dev.leat.meta.engine;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Passes every call on to another engine; a test changes what it wants to be different. */
public abstract class ForwardingEngine implements MetaEngine {
    private final MetaEngine engine;

    /** Forwards to {@code engine}, which it closes when it is closed. */
    protected ForwardingEngine(MetaEngine engine) {
        this.engine = engine;
    }

    @Override
    public EngineInfo info() {
        return engine.info();
    }

    @Override
    public Map<Key, Value> get(List<Key> keys, List<Prefix> prefixes) throws MetaException {
        return engine.get(keys, prefixes);
    }

    @Override
    public List<Map.Entry<Key, Value>> scan(Prefix prefix, @Nullable Bytes after, int limit) throws MetaException {
        return engine.scan(prefix, after, limit);
    }

    @Override
    public CommitResult commit(Commit commit) throws MetaException {
        return engine.commit(commit);
    }

    @Override
    public void sync() throws MetaException {
        engine.sync();
    }

    @Override
    public FeedPage feed(FeedPage.@Nullable Position after, int limit, Duration wait) throws MetaException {
        return engine.feed(after, limit, wait);
    }

    @Override
    public boolean isEnd(FeedPage.Position position) throws MetaException {
        return engine.isEnd(position);
    }

    @Override
    public void export(ExportConsumer consumer) throws MetaException {
        engine.export(consumer);
    }

    @Override
    public void destroy() throws MetaException {
        engine.destroy();
    }

    @Override
    public void close() {
        engine.close();
    }
}
