package dev.leat.meta.trash;

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

/** Counts what one thread asks for, so that heartbeats do not disturb. */
final class CountedEngine extends ForwardingEngine {
    private final Thread counted = Thread.currentThread();
    private int gets;
    private int commits;
    private int operations;

    CountedEngine(MetaEngine delegate) {
        super(delegate);
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
    public Map<Key, Value> get(List<Key> keys, List<Prefix> prefixes) throws MetaException {
        gets += Thread.currentThread().equals(counted) ? 1 : 0;
        return super.get(keys, prefixes);
    }

    @Override
    public CommitResult commit(Commit commit) throws MetaException {
        CommitResult result = super.commit(commit);
        // One that could not be sent is sent again, which says nothing about what was asked for.
        if (Thread.currentThread().equals(counted)) {
            commits++;
            operations += commit.checks().size() + commit.writes().size();
        }
        return result;
    }
}
