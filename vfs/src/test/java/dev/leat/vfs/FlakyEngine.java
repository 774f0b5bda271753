package dev.leat.vfs;

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
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** An engine that counts what is made durable, and whose commits a test can have refused or their replies lost. */
final class FlakyEngine implements MetaEngine {
    private final MetaEngine engine;
    private final AtomicInteger syncs = new AtomicInteger();
    private final AtomicInteger passing = new AtomicInteger(Integer.MAX_VALUE);
    private volatile boolean refusing;
    private volatile boolean losing;

    FlakyEngine(MetaEngine engine) {
        this.engine = engine;
    }

    /** From now on commits fail at once and for good, or work again. */
    void refuse(boolean refuse) {
        refusing = refuse;
    }

    /** From now on commits are done but their replies are lost, or arrive again. */
    void loseReplies(boolean lose) {
        losing = lose;
    }

    /** Of the commits from now on, some are done and the one after them fails for good. */
    void refuseAfter(int commits) {
        passing.set(commits);
    }

    /** Syncs and durable commits so far. */
    int syncs() {
        return syncs.get();
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
        if (commit.slot() != null && (refusing || passing.getAndDecrement() == 0)) {
            throw new MetaException(MetaException.Kind.INVALID, "injected: the commit is refused");
        }
        if (commit.durable()) {
            syncs.incrementAndGet();
        }
        CommitResult result = engine.commit(commit);
        if (losing && commit.slot() != null) {
            throw new MetaException(MetaException.Kind.UNAVAILABLE, "injected: the reply is lost");
        }
        return result;
    }

    @Override
    public void sync() throws MetaException {
        syncs.incrementAndGet();
        engine.sync();
    }

    @Override
    public FeedPage feed(FeedPage.@Nullable Position after, int limit, Duration wait) throws MetaException {
        return engine.feed(after, limit, wait);
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
