package dev.leat.meta.fs;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Does the same from several threads, and fails if one of them does. */
final class FsThreads {
    private FsThreads() {}

    static void run(int threads, Work work) throws Exception {
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<Future<Void>> running = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int thread = i;
                running.add(executor.submit(() -> {
                    work.run(thread);
                    return null;
                }));
            }
            for (Future<Void> future : running) {
                future.get();
            }
        }
    }

    /** What one thread does. */
    interface Work {
        /** Does it. */
        void run(int thread) throws Exception;
    }
}
