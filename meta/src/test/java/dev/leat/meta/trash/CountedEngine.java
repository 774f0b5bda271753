package dev.leat.meta.trash;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.CommitResult;
import dev.leat.meta.engine.FeedPage;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Prefix;
import dev.leat.meta.engine.Value;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Counts what one thread asks for, so that heartbeats do not disturb. */
final class CountedEngine implements MetaEngine {
    private final MetaEngine delegate;
    private final Thread counted = Thread.currentThread();
    private int gets;
    private int commits;
    private int operations;

    CountedEngine(MetaEngine delegate) {
        this.delegate = delegate;
    }

    /** Forgets what was counted. */
    void reset() {
        gets = 0;
        commits = 0;
        operations = 0;
    }

    int gets() {
        return gets;
    }

    int commits() {
        return commits;
    }

    /** Checks and writes of all commits. */
    int operations() {
        return operations;
    }

    @Override
    public EngineInfo info() {
        return delegate.info();
    }

    @Override
    public Map<Key, Value> get(List<Key> keys, List<Prefix> prefixes) throws MetaException {
        gets += Thread.currentThread().equals(counted) ? 1 : 0;
        return delegate.get(keys, prefixes);
    }

    @Override
    public List<Map.Entry<Key, Value>> scan(Prefix prefix, @Nullable Bytes after, int limit) throws MetaException {
        return delegate.scan(prefix, after, limit);
    }

    @Override
    public CommitResult commit(Commit commit) throws MetaException {
        CommitResult result = delegate.commit(commit);
        // One that could not be sent is sent again, which says nothing about what was asked for.
        if (Thread.currentThread().equals(counted)) {
            commits++;
            operations += commit.checks().size() + commit.writes().size();
        }
        return result;
    }

    @Override
    public void sync() throws MetaException {
        delegate.sync();
    }

    @Override
    public FeedPage feed(FeedPage.@Nullable Position after, int limit, Duration wait) throws MetaException {
        return delegate.feed(after, limit, wait);
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
