package dev.leat.meta.feed;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.CommitResult;
import dev.leat.meta.engine.FeedPage;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import dev.leat.meta.engine.Prefix;
import dev.leat.meta.engine.Value;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An engine whose feed can be cut off. */
final class GatedEngine implements MetaEngine {
    private final MetaEngine delegate;
    private volatile boolean cut;
    private long heardAt = System.nanoTime();
    private long silenceMaxNanos;

    GatedEngine(MetaEngine delegate) {
        this.delegate = delegate;
    }

    void cut(boolean now) {
        cut = now;
    }

    /** The longest time for which the feed said nothing: on a machine that stands still, longer than its reader may trust it. */
    synchronized long silenceMaxNanos() {
        silenceMaxNanos = Math.max(silenceMaxNanos, System.nanoTime() - heardAt);
        return silenceMaxNanos;
    }

    @Override
    public EngineInfo info() {
        return delegate.info();
    }

    @Override
    public Map<Key, Value> get(List<Key> keys, List<Prefix> prefixes) throws MetaException {
        return delegate.get(keys, prefixes);
    }

    @Override
    public List<Map.Entry<Key, Value>> scan(Prefix prefix, @Nullable Bytes after, int limit) throws MetaException {
        return delegate.scan(prefix, after, limit);
    }

    @Override
    public CommitResult commit(Commit commit) throws MetaException {
        return delegate.commit(commit);
    }

    @Override
    public void sync() throws MetaException {
        delegate.sync();
    }

    @Override
    public FeedPage feed(FeedPage.@Nullable Position after, int limit, Duration wait) throws MetaException {
        if (cut) {
            throw new MetaException(Kind.UNAVAILABLE, "injected: the feed is cut off");
        }
        FeedPage page = delegate.feed(after, limit, wait);
        silenceMaxNanos();
        synchronized (this) {
            heardAt = System.nanoTime();
        }
        if (cut) {
            throw new MetaException(Kind.UNAVAILABLE, "injected: the feed is cut off");
        }
        return page;
    }

    @Override
    public void export(ExportConsumer consumer) throws MetaException {
        delegate.export(consumer);
    }

    @Override
    public void destroy() throws MetaException {
        delegate.destroy();
    }

    @Override
    public void close() {
        delegate.close();
    }
}
