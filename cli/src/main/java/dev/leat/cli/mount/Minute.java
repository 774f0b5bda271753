package dev.leat.cli.mount;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Remembers what a mount's counters were in the last minute, so that who asks what the time went to need not wait for one. */
final class Minute implements AutoCloseable {
    private static final Duration STEP = Duration.ofSeconds(10);

    /** Moments kept: a minute of steps, and one that is a whole minute old. */
    private static final int MOMENTS_MAX = 7;

    private final Supplier<Map<String, Object>> counters;
    private final ArrayDeque<Moment> moments = new ArrayDeque<>(); // guarded by this
    private final long startedNanos = System.nanoTime();
    private final Thread thread;

    private record Moment(long atNanos, Map<String, Object> values) {}

    Minute(Supplier<Map<String, Object>> counters) {
        this.counters = counters;
        this.thread = Thread.ofVirtual().name("leat-minute").start(this::run);
    }

    private void run() {
        try {
            while (true) {
                Thread.sleep(STEP);
                note();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void note() {
        Moment now = new Moment(System.nanoTime(), counters.get());
        synchronized (this) {
            if (moments.size() == MOMENTS_MAX) {
                moments.removeFirst();
            }
            moments.addLast(now);
        }
    }

    private synchronized @Nullable Moment oldest() {
        return moments.peekFirst();
    }

    /** Two moments as {@code before} and {@code after} and the {@code seconds} between; before the first step all since the start. */
    Map<String, Object> facts() {
        Moment oldest = oldest();
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("before", oldest == null ? Map.of() : oldest.values());
        facts.put("after", counters.get());
        facts.put("seconds", (System.nanoTime() - (oldest == null ? startedNanos : oldest.atNanos())) / 1e9);
        return facts;
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
