package dev.leat.dataset.seal;

import dev.leat.dataset.manifest.Ancestors;
import dev.leat.dataset.manifest.EntrySorter;
import dev.leat.dataset.manifest.ManifestEntry;
import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.Names;
import dev.leat.dataset.source.Source;
import dev.leat.dataset.source.SourceEntry;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Lists all of a source, many directories at a time, and asks for what listings leave out. What it finds goes into an {@link
 * EntrySorter}; in memory are the directories that wait, the deepest first.
 */
final class Walk {
    /** Directories listed, and files asked for, at a time; the source has limits of its own besides. */
    private static final int AT_A_TIME = 32;

    private final Source source;
    private final EntrySorter to;
    private final Advance advance;
    private final LongAdder leftOut = new LongAdder();
    private final Semaphore looks = new Semaphore(AT_A_TIME);
    private final Deque<Waiting> waiting = new ArrayDeque<>(); // guarded by this
    private int working; // guarded by this
    private @Nullable Exception failure; // guarded by this

    private record Waiting(String path, Facts facts, int depth) {}

    Walk(Source source, EntrySorter to, Advance advance) {
        this.source = source;
        this.to = to;
        this.advance = advance;
    }

    /** Lists everything; returns how many names were left out since no file system can show them. */
    long run() throws IOException {
        waiting.add(new Waiting("", root(), 0));
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < AT_A_TIME; i++) {
            threads.add(Thread.ofVirtual().name("walk-" + i).start(this::work));
        }
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            threads.forEach(Thread::interrupt);
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        synchronized (this) {
            switch (failure) {
                case null -> {}
                case IOException failed -> throw failed;
                case Exception failed -> throw new IllegalStateException(failed);
            }
        }
        return leftOut.sum();
    }

    private Facts root() {
        try {
            Facts facts = source.facts("");
            if (facts.kind() == EntryKind.DIRECTORY) {
                return facts;
            }
        } catch (StoreException e) {
            // Most sources know nothing of their root; whether there is one shows when it is listed.
        }
        return Facts.directory(Facts.UNKNOWN);
    }

    private void work() {
        try {
            Waiting directory = take();
            while (directory != null) {
                list(directory);
                done();
                directory = take();
            }
        } catch (IOException | RuntimeException e) {
            failed(e);
        }
    }

    private synchronized @Nullable Waiting take() throws IOException {
        try {
            while (waiting.isEmpty() && working > 0 && failure == null) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        Waiting next = failure == null ? waiting.pollLast() : null;
        working += next == null ? 0 : 1;
        return next;
    }

    private synchronized void done() {
        working--;
        notifyAll();
    }

    private synchronized void failed(Exception e) {
        failure = failure == null ? e : failure;
        notifyAll();
    }

    private synchronized void add(List<Waiting> found) {
        waiting.addAll(found);
        notifyAll();
    }

    private void list(Waiting directory) throws IOException {
        if (directory.depth > Ancestors.DEPTH_MAX) {
            throw new StoreException(
                    Kind.INVALID,
                    directory.path + " in " + source.location() + " lies below " + Ancestors.DEPTH_MAX
                            + " others: the source leads in a circle");
        }
        List<Waiting> below = new ArrayList<>();
        List<String> unsure = new ArrayList<>();
        long[] newest = {Facts.UNKNOWN};
        IOException[] refused = new IOException[1];
        source.list(directory.path, entry -> {
            try {
                newest[0] = Math.max(newest[0], take(directory, entry, below, unsure));
            } catch (StoreException e) {
                throw e;
            } catch (IOException e) {
                refused[0] = e;
                return false;
            }
            return true;
        });
        if (refused[0] != null) {
            throw refused[0];
        }
        add(below);
        newest[0] = Math.max(newest[0], ask(unsure));
        ManifestEntry self = ManifestEntry.of(directory.path, directory.facts);
        // A directory of a bucket has no time of its own; that of its newest file says more than none.
        to.add(self.modifiedEpochMs() == Facts.UNKNOWN ? self.modified(newest[0]) : self);
    }

    /** Takes a name of a listing; returns the time of a file. */
    private long take(Waiting directory, SourceEntry entry, List<Waiting> below, List<String> unsure)
            throws IOException {
        if (!Names.isShown(entry.name())) {
            leftOut.increment();
            return Facts.UNKNOWN;
        }
        String path = directory.path.isEmpty() ? entry.name() : directory.path + "/" + entry.name();
        Facts facts = entry.facts();
        if (facts.kind() == EntryKind.DIRECTORY) {
            below.add(new Waiting(path, facts, directory.depth + 1));
        } else if (facts.kind() == EntryKind.FILE && !facts.isConfirmed()) {
            unsure.add(path);
        } else {
            return file(path, facts);
        }
        return Facts.UNKNOWN;
    }

    private long file(String path, Facts facts) throws IOException {
        to.add(ManifestEntry.of(path, facts));
        advance.add(1, Math.max(0, facts.sizeBytes()));
        return facts.kind() == EntryKind.FILE ? facts.modifiedEpochMs() : Facts.UNKNOWN;
    }

    /** Asks for each of these files; returns the newest time. */
    private long ask(List<String> paths) throws IOException {
        long newest = Facts.UNKNOWN;
        if (paths.isEmpty()) {
            return newest;
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Long>> asked = new ArrayList<>(paths.size());
            for (String path : paths) {
                looks.acquire();
                asked.add(threads.submit(() -> {
                    try {
                        return file(path, source.facts(path));
                    } catch (StoreException e) {
                        if (e.kind() == Kind.NOT_FOUND) {
                            return Facts.UNKNOWN; // removed since it was listed
                        }
                        throw e;
                    } finally {
                        looks.release();
                    }
                }));
            }
            for (Future<Long> each : asked) {
                newest = Math.max(newest, each.get());
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failed ? failed : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        return newest;
    }
}
