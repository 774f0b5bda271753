package dev.leat.cli.mount;

import dev.leat.cli.CliException;
import dev.leat.cli.control.ControlServer;
import dev.leat.dataset.tree.Node;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much there is in each source and how much of it is cached, by going over all of it when somebody asks; the last figures are
 * remembered with their time.
 */
final class SourceMeasure implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SourceMeasure.class);

    private final DatasetParts parts;
    private final Map<Integer, Map<String, @Nullable Object>> measured = new ConcurrentHashMap<>();
    private @Nullable Thread running; // guarded by this
    private volatile boolean ended;
    private volatile boolean busy;

    SourceMeasure(DatasetParts parts) {
        this.parts = parts;
    }

    /** Goes over all sources, one after the other. */
    Map<String, @Nullable Object> run(ControlServer.Progress progress) throws IOException {
        synchronized (this) {
            if (busy) {
                throw CliException.failed("the mount is being measured already; 'leat status' shows the figures soon");
            }
            busy = true;
        }
        try {
            for (SourceTable.Live live : parts.sources().live()) {
                Node top = parts.tree().find(live.branch().path());
                if (top == null || top.branch() != live.branch()) {
                    continue;
                }
                Map<String, @Nullable Object> facts = new SourceFacts(parts).sum(top, facts2 -> {
                    if (ended) {
                        throw new InterruptedIOException("the mount ends");
                    }
                    progress.report(facts2);
                });
                facts.put("at", Instant.now().toString());
                measured.put(live.branch().number(), facts);
            }
            return total();
        } finally {
            busy = false;
        }
    }

    /** The same, and nobody waits for it. */
    synchronized void start() {
        if (busy || ended) {
            return;
        }
        running = Thread.ofPlatform().daemon().name("measure").start(() -> {
            try {
                run(_ -> {});
            } catch (IOException | RuntimeException e) {
                if (!ended) {
                    log.warn("the mount could not be measured: {}", e.getMessage());
                }
            }
        });
    }

    /** What a source was measured to hold; null if it was not. */
    @Nullable
    Map<String, @Nullable Object> of(SourceTable.Live live) {
        return measured.get(live.branch().number());
    }

    /** All sources that are shown; with {@code complete} if each of them was measured. */
    Map<String, @Nullable Object> total() {
        Map<String, @Nullable Object> total = new LinkedHashMap<>();
        boolean complete = true;
        for (SourceTable.Live live : parts.sources().live()) {
            Map<String, @Nullable Object> facts = of(live);
            complete &= facts != null;
            if (facts != null) {
                facts.forEach((name, value) -> {
                    if (value instanceof Long number) {
                        total.merge(name, number, (a, b) -> (Long) a + (Long) b);
                    }
                });
            }
        }
        total.put("complete", complete);
        total.put("measuring", busy);
        return total;
    }

    @Override
    public void close() {
        ended = true;
        Thread thread;
        synchronized (this) {
            thread = running;
        }
        if (thread != null) {
            thread.interrupt();
        }
    }
}
