package dev.leat.cli.control;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells whoever waits for a command how far it is, at once and then at most every 200 ms: often enough for a person, and next to
 * nothing beside the work.
 *
 * <p>Concurrency: from any thread; one of those that come at the same time tells.
 */
public final class PacedProgress {
    private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private final ControlServer.Progress progress;
    private final AtomicLong told = new AtomicLong(System.nanoTime() - PACE_NANOS);

    /** Tells {@code progress}. */
    public PacedProgress(ControlServer.Progress progress) {
        this.progress = progress;
    }

    /**
     * Tells, if it is time.
     *
     * @param facts asked only then
     * @throws IOException when nobody waits any more
     */
    public void report(Supplier<? extends Map<String, ? extends @Nullable Object>> facts) throws IOException {
        long last = told.get();
        long now = System.nanoTime();
        if (now - last >= PACE_NANOS && told.compareAndSet(last, now)) {
            progress.report(facts.get());
        }
    }
}
