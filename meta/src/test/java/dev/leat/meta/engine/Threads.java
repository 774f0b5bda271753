package dev.leat.meta.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Runs the same work on several threads that start together. */
final class Threads {
    /** Longest that any test's work may take; a deadlock ends here. */
    private static final long SECONDS_MAX = 250;

    private Threads() {}

    /** Work of one thread. */
    interface Work {
        void run(int index) throws Exception;
    }

    /** Runs {@code work} with the indices 0 to {@code count} − 1 at once and throws what any of them threw. */
    static void run(int count, Work work) throws Exception {
        try (ExecutorService pool = Executors.newThreadPerTaskExecutor(
                Thread.ofPlatform().daemon().name("racer-", 0).factory())) {
            CyclicBarrier start = new CyclicBarrier(count);
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int index = i;
                running.add(pool.submit(() -> {
                    start.await();
                    work.run(index);
                    return null;
                }));
            }
            try {
                for (Future<?> future : running) {
                    future.get(SECONDS_MAX, TimeUnit.SECONDS);
                }
            } finally {
                pool.shutdownNow();
            }
        }
    }
}
