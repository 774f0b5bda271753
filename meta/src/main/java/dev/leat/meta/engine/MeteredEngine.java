package dev.leat.meta.engine;

import dev.leat.sys.meter.LatencyHistogram;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Counts the calls of an engine, with failures, latencies and what became of commits. Every attempt counts. */
public final class MeteredEngine implements MetaEngine {
    private final MetaEngine engine;
    private final Map<EngineCall, Meter> meters = new EnumMap<>(EngineCall.class);
    private final LongAdder applied = new LongAdder();
    private final LongAdder conflicts = new LongAdder();
    private final LongAdder fenced = new LongAdder();
    private final LongAdder feedEvents = new LongAdder();

    /** Meters {@code engine}, which it closes when it is closed. */
    public MeteredEngine(MetaEngine engine) {
        this.engine = engine;
        for (EngineCall call : EngineCall.values()) {
            meters.put(call, new Meter());
        }
    }

    /** The counts so far. */
    public EngineMetrics metrics() {
        Map<EngineCall, EngineMetrics.Call> calls = new EnumMap<>(EngineCall.class);
        meters.forEach((call, meter) -> {
            EngineMetrics.Call counts = meter.counts();
            if (counts.latency().count() > 0) {
                calls.put(call, counts);
            }
        });
        return new EngineMetrics(calls, applied.sum(), conflicts.sum(), fenced.sum(), feedEvents.sum());
    }

    private static final class Meter {
        private final LatencyHistogram latency = new LatencyHistogram();
        private final Map<MetaException.Kind, LongAdder> failures = new EnumMap<>(MetaException.Kind.class);

        Meter() {
            for (MetaException.Kind kind : MetaException.Kind.values()) {
                failures.put(kind, new LongAdder());
            }
        }

        EngineMetrics.Call counts() {
            Map<MetaException.Kind, Long> failed = new EnumMap<>(MetaException.Kind.class);
            failures.forEach((kind, count) -> {
                if (count.sum() > 0) {
                    failed.put(kind, count.sum());
                }
            });
            return new EngineMetrics.Call(latency.snapshot(), failed);
        }
    }

    private interface Work<T> {
        T run() throws MetaException;
    }

    private <T> T metered(EngineCall call, Work<T> work) throws MetaException {
        Meter meter = Objects.requireNonNull(meters.get(call));
        long began = System.nanoTime();
        try {
            return work.run();
        } catch (MetaException e) {
            Objects.requireNonNull(meter.failures.get(e.kind())).increment();
            throw e;
        } finally {
            meter.latency.record(System.nanoTime() - began);
        }
    }

    @Override
    public EngineInfo info() {
        return engine.info();
    }

    @Override
    public Map<Key, Value> get(List<Key> keys, List<Prefix> prefixes) throws MetaException {
        return metered(EngineCall.GET, () -> engine.get(keys, prefixes));
    }

    @Override
    public List<Map.Entry<Key, Value>> scan(Prefix prefix, @Nullable Bytes after, int limit) throws MetaException {
        return metered(EngineCall.SCAN, () -> engine.scan(prefix, after, limit));
    }

    @Override
    public CommitResult commit(Commit commit) throws MetaException {
        CommitResult result = metered(EngineCall.COMMIT, () -> engine.commit(commit));
        switch (result) {
            case CommitResult.Applied() -> applied.increment();
            case CommitResult.Failed _ -> conflicts.increment();
            case CommitResult.Fenced() -> fenced.increment();
        }
        return result;
    }

    @Override
    public void sync() throws MetaException {
        metered(EngineCall.SYNC, () -> {
            engine.sync();
            return true;
        });
    }

    @Override
    public FeedPage feed(FeedPage.@Nullable Position after, int limit, Duration wait) throws MetaException {
        FeedPage page = metered(EngineCall.FEED, () -> engine.feed(after, limit, wait));
        feedEvents.add(page.events().size());
        return page;
    }

    /** Not counted: it asks nobody. */
    @Override
    public boolean isEnd(FeedPage.Position position) throws MetaException {
        return engine.isEnd(position);
    }

    @Override
    public void export(ExportConsumer consumer) throws MetaException {
        metered(EngineCall.EXPORT, () -> {
            engine.export(consumer);
            return true;
        });
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
