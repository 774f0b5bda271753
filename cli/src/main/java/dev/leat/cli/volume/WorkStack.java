package dev.leat.cli.volume;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Work that makes more work, such as a walk over a tree, done by a few threads. What came last is done first: so a tree is
 * walked into its depth, and what waits stays few.
 *
 * <p>Concurrency: {@link #push} from anywhere inside the work.
 */
final class WorkStack {
    private final Deque<Work> waiting = new ArrayDeque<>();
    private int busy;
    private @Nullable Throwable failure;

    /** A piece of work. */
    interface Work {
        void run() throws IOException;
    }

    /** Adds a piece of work. */
    synchronized void push(Work work) {
        waiting.push(work);
        notifyAll();
    }

    /** Whether a piece of work failed, so that what goes on may stop. */
    synchronized boolean isFailed() {
        return failure != null;
    }

    /**
     * Does all work and returns when none is left; the first failure ends it and is thrown.
     *
     * @param threads how many do it
     */
    void run(int threads) throws IOException, InterruptedException {
        List<Thread> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            // Platform threads: SQLite would pin virtual ones.
            all.add(Thread.ofPlatform().name("tree-" + i).daemon(true).start(this::loop));
        }
        try {
            for (Thread thread : all) {
                thread.join();
            }
        } catch (InterruptedException e) {
            fail(e);
            throw e;
        }
        switch (failure) {
            case null -> {}
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            default -> throw new IOException(failure);
        }
    }

    private void loop() {
        for (Work work = next(); work != null; work = next()) {
            try {
                work.run();
            } catch (IOException | RuntimeException e) {
                fail(e);
            } finally {
                done();
            }
        }
    }

    private synchronized @Nullable Work next() {
        while (waiting.isEmpty() && busy > 0 && failure == null) {
            try {
                wait();
            } catch (InterruptedException e) {
                fail(e);
            }
        }
        if (waiting.isEmpty() || failure != null) {
            return null;
        }
        busy++;
        return waiting.pop();
    }

    private synchronized void done() {
        busy--;
        notifyAll();
    }

    private synchronized void fail(Throwable e) {
        if (failure == null) {
            failure = e;
        }
        notifyAll();
    }
}
