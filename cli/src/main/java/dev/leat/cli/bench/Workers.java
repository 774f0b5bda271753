package dev.leat.cli.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** A few threads that take items from one list until it is empty, as the loaders of a training job do. */
public final class Workers {
    private Workers() {}

    /** What is done with an item. */
    public interface Task<T> {
        /** Does it. */
        void run(T item) throws IOException;
    }

    /** Does all items; the first failure ends it and is thrown. */
    public static <T> void each(List<T> items, int threads, Task<T> task) throws IOException, InterruptedException {
        AtomicInteger next = new AtomicInteger();
        try (ExecutorService pool = Executors.newFixedThreadPool(
                threads, Thread.ofPlatform().name("worker-", 0).daemon(true).factory())) {
            List<Future<Void>> running = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                running.add(pool.submit(() -> {
                    for (int at = next.getAndIncrement(); at < items.size(); at = next.getAndIncrement()) {
                        task.run(items.get(at));
                    }
                    return null;
                }));
            }
            for (Future<Void> one : running) {
                await(one, next, items.size());
            }
        }
    }

    private static void await(Future<Void> one, AtomicInteger next, int end) throws IOException, InterruptedException {
        try {
            one.get();
        } catch (ExecutionException e) {
            next.set(end);
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            throw new IOException(e.getCause());
        }
    }
}
