package dev.leat.vfs;

import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.CommitResult;
import dev.leat.meta.engine.ForwardingEngine;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Prefix;
import dev.leat.meta.engine.Value;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** An engine that counts what is made durable, and whose commits a test can have refused or their replies lost. */
final class FlakyEngine extends ForwardingEngine {
    private final AtomicInteger syncs = new AtomicInteger();
    private final AtomicInteger passing = new AtomicInteger(Integer.MAX_VALUE);
    private volatile boolean refusing;
    private final AtomicReference<@Nullable Runnable> beforeReply = new AtomicReference<>();
    private final AtomicReference<@Nullable Runnable> beforeCommit = new AtomicReference<>();
    private volatile boolean losing;

    FlakyEngine(MetaEngine engine) {
        super(engine);
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

    /** Does something, once, between the next read and its reply. */
    void beforeReply(Runnable action) {
        beforeReply.set(action);
    }

    /** Does something, once, before the next commit of a client. */
    void beforeCommit(Runnable action) {
        beforeCommit.set(action);
    }

    /** Syncs and durable commits so far. */
    int syncs() {
        return syncs.get();
    }

    @Override
    public Map<Key, Value> get(List<Key> keys, List<Prefix> prefixes) throws MetaException {
        Map<Key, Value> found = super.get(keys, prefixes);
        Runnable action = beforeReply.getAndSet(null);
        if (action != null) {
            action.run();
        }
        return found;
    }

    @Override
    public CommitResult commit(Commit commit) throws MetaException {
        if (commit.slot() != null && (refusing || passing.getAndDecrement() == 0)) {
            throw new MetaException(MetaException.Kind.INVALID, "injected: the commit is refused");
        }
        Runnable action = commit.slot() == null ? null : beforeCommit.getAndSet(null);
        if (action != null) {
            action.run();
        }
        if (commit.durable()) {
            syncs.incrementAndGet();
        }
        CommitResult result = super.commit(commit);
        if (losing && commit.slot() != null) {
            throw new MetaException(MetaException.Kind.UNAVAILABLE, "injected: the reply is lost");
        }
        return result;
    }

    @Override
    public void sync() throws MetaException {
        syncs.incrementAndGet();
        super.sync();
    }
}
