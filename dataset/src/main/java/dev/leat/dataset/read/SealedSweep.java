package dev.leat.dataset.read;

import dev.leat.dataset.index.TreeIndex;
import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Facts;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Goes over all files below some rows of a sealed version, in the order of their names, many at a time. Nothing is listed or looked up: the index knows all. */
public final class SealedSweep {
    private final TreeIndex index;
    private final SealedOrigin origin;
    private final int threads;

    /**
     * Prepares it.
     *
     * @param threads files that are visited at a time
     */
    public SealedSweep(TreeIndex index, SealedOrigin origin, int threads) {
        this.index = index;
        this.origin = origin;
        this.threads = threads;
    }

    /** Visits all files below {@code tops}, or those that they are. */
    public void run(List<Integer> tops, Sweep.Visitor visitor) throws IOException {
        Rows rows = new Rows(tops);
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> workers = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                workers.add(pool.submit(() -> {
                    try {
                        for (int row = rows.next(); row >= 0; row = rows.next()) {
                            visitor.file(found(row));
                        }
                        return true;
                    } finally {
                        // Also after a failure: then the others end, too.
                        rows.end();
                    }
                }));
            }
            try {
                for (Future<?> worker : workers) {
                    worker.get();
                }
            } catch (ExecutionException e) {
                if (e.getCause() instanceof IOException failure) {
                    throw failure;
                }
                throw new IOException("a file could not be visited: " + e.getCause(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted; run it again to go on", e);
            } finally {
                rows.end();
                pool.shutdownNow();
            }
        }
    }

    private Sweep.Found found(int row) {
        Facts version = index.version(row);
        return new Sweep.Found(index.path(row), version, version.sizeBytes() == 0 ? null : origin.blob(row));
    }

    /** The rows of files, one after the other: those of a directory come before the directories in it. */
    private final class Rows {
        private final Deque<Integer> tops;
        private final Deque<Integer> directories = new ArrayDeque<>();
        private final List<Integer> below = new ArrayList<>();
        private int at;
        private int end;
        private boolean over;

        Rows(List<Integer> tops) {
            this.tops = new ArrayDeque<>(tops);
        }

        /** The next one, -1 if there is none. */
        synchronized int next() {
            while (!over) {
                while (at < end) {
                    int row = at++;
                    if (index.kind(row) == EntryKind.FILE) {
                        return row;
                    }
                    if (index.kind(row) == EntryKind.DIRECTORY) {
                        below.add(row);
                    }
                }
                below.reversed().forEach(directories::addFirst);
                below.clear();
                Integer directory = directories.pollFirst();
                if (directory != null) {
                    at = index.firstChild(directory);
                    end = at + index.children(directory);
                    continue;
                }
                Integer top = tops.pollFirst();
                if (top == null) {
                    return -1;
                }
                if (index.kind(top) == EntryKind.FILE) {
                    return top;
                }
                if (index.kind(top) == EntryKind.DIRECTORY) {
                    directories.add(top);
                }
            }
            return -1;
        }

        synchronized void end() {
            over = true;
        }
    }
}
