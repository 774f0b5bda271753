package dev.leat.dataset.shard;

import dev.leat.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Does something with each item of a list, a few at a time. */
final class Parallel {
    private Parallel() {}

    /** What is done. */
    interface Task<T> {
        void run(T item) throws StoreException, InterruptedException;
    }

    /** Does all; after the first failure nothing more begins, and it is thrown when all have ended. */
    static <T> void each(List<T> items, int atATime, Task<T> task) throws StoreException, InterruptedException {
        if (items.size() < 2) {
            for (T item : items) {
                task.run(item);
            }
            return;
        }
        AtomicInteger next = new AtomicInteger();
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < Math.min(atATime, items.size()); i++) {
            threads.add(Thread.ofVirtual().name("shard-read").start(() -> {
                try {
                    int at = next.getAndIncrement();
                    while (at < items.size() && failure.get() == null) {
                        task.run(items.get(at));
                        at = next.getAndIncrement();
                    }
                } catch (StoreException | InterruptedException | RuntimeException | Error e) {
                    failure.compareAndSet(null, e);
                }
            }));
        }
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            threads.forEach(Thread::interrupt);
            throw e;
        }
        switch (failure.get()) {
            case null -> {}
            case StoreException e -> throw new StoreException(e.kind(), String.valueOf(e.getMessage()), e);
            case InterruptedException e -> throw e;
            case Throwable e -> throw new IllegalStateException("a parallel read failed", e);
        }
    }
}
