package dev.leat.dataset.read;

import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.SourceEntry;
import dev.leat.dataset.tree.Listing;
import dev.leat.dataset.tree.Node;
import dev.leat.dataset.tree.Tree;
import dev.leat.store.Blob;
import dev.leat.store.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Goes over all files below some nodes of a tree, in the order of their names, many at a time. Directories are listed a few ahead of
 * that. A file of which a listing tells enough needs no node, so that memory does not grow with the tree.
 */
public final class Sweep {
    /** Directories that are listed before their turn. */
    private static final int LISTED_AHEAD = 8;

    private final Tree tree;
    private final BranchOrigin origin;
    private final int threads;

    /**
     * A file.
     *
     * @param path in the tree
     * @param facts what is known of this version
     * @param blob its bytes; null if it has none
     */
    public record Found(String path, Facts facts, @Nullable Blob blob) {}

    /** Is told of what is found, from many threads. */
    public interface Visitor {
        /** A file. What this throws ends the sweep. */
        void file(Found file) throws IOException;

        /** A directory, before what is in it. */
        default void directory(String path) throws IOException {}

        /** What could not be listed or looked up: the sweep goes on with the rest, unless this throws. */
        void failed(String path, StoreException why) throws IOException;
    }

    /**
     * Prepares it.
     *
     * @param threads files that are visited at a time
     */
    public Sweep(Tree tree, BranchOrigin origin, int threads) {
        this.tree = tree;
        this.origin = origin;
        this.threads = threads;
    }

    /** Visits all files below {@code tops}, or those that they are. */
    public void run(List<Node> tops, Visitor visitor) throws IOException {
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            Run run = new Run(pool, visitor);
            try {
                for (Node top : tops) {
                    if (top.isDirectory()) {
                        run.directory(top);
                    } else if (top.facts().kind() == EntryKind.FILE) {
                        run.file(top.path(), () -> top);
                    }
                }
                run.turn.acquire(threads);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted; run it again to go on", e);
            } finally {
                run.ended = true;
                pool.shutdownNow();
            }
            IOException failure = run.failure.get();
            if (failure != null) {
                throw failure;
            }
        }
    }

    private interface Lookup {
        /** Null if it is gone. */
        @Nullable
        Node look() throws StoreException;
    }

    /** One sweep. */
    private final class Run {
        private final ExecutorService pool;
        private final Visitor visitor;
        private final Semaphore turn = new Semaphore(threads);
        private final AtomicReference<@Nullable IOException> failure = new AtomicReference<>();
        private volatile boolean ended;

        Run(ExecutorService pool, Visitor visitor) {
            this.pool = pool;
            this.visitor = visitor;
        }

        private boolean isOver() {
            return ended || failure.get() != null;
        }

        private void directory(Node directory) throws IOException, InterruptedException {
            visitor.directory(directory.path());
            Listing listing;
            try {
                listing = tree.list(directory);
            } catch (StoreException e) {
                visitor.failed(directory.path(), e);
                return;
            }
            List<Node> below = new ArrayList<>();
            for (SourceEntry entry : listing.entries()) {
                if (isOver()) {
                    return;
                }
                if (entry.facts().kind() == EntryKind.DIRECTORY) {
                    Node child = tree.known(directory, listing, entry);
                    if (child != null) {
                        below.add(child);
                    }
                } else if (entry.facts().kind() == EntryKind.FILE) {
                    file(directory, entry);
                }
            }
            List<Future<?>> ahead = new ArrayList<>();
            for (int i = 0; i < below.size() && !isOver(); i++) {
                while (ahead.size() < below.size() && ahead.size() <= i + LISTED_AHEAD) {
                    Node next = below.get(ahead.size());
                    // What goes wrong shows when it is its turn.
                    ahead.add(pool.submit(() -> tree.list(next)));
                }
                await(ahead.get(i));
                directory(below.get(i));
            }
        }

        private static void await(Future<?> listed) throws InterruptedException {
            try {
                listed.get();
            } catch (ExecutionException e) {
                // Asked again in its turn, it fails again.
                return;
            }
        }

        private void file(Node directory, SourceEntry entry) throws InterruptedException {
            String above = directory.path();
            String path = above.isEmpty() ? entry.name() : above + "/" + entry.name();
            if (entry.facts().isConfirmed()) {
                visit(path, () -> found(directory, path, entry));
            } else {
                file(path, () -> tree.lookup(directory, entry.name()));
            }
        }

        private void file(String path, Lookup lookup) throws InterruptedException {
            visit(path, () -> {
                Node node = lookup.look();
                if (node == null || node.isDirectory() || node.facts().kind() != EntryKind.FILE) {
                    return null;
                }
                Facts facts = node.facts().isConfirmed() ? node.facts() : tree.open(node);
                return facts == null ? null : new Found(path, facts, blob(node, facts));
            });
        }

        private interface Finding {
            /** Null if there is no such file any more. */
            @Nullable
            Found find() throws StoreException;
        }

        private void visit(String path, Finding finding) throws InterruptedException {
            turn.acquire();
            pool.execute(() -> {
                try {
                    if (!isOver()) {
                        one(path, finding);
                    }
                } catch (IOException e) {
                    failure.compareAndSet(null, e);
                } catch (RuntimeException e) {
                    failure.compareAndSet(null, new IOException(path + ": " + e, e));
                } finally {
                    turn.release();
                }
            });
        }

        private void one(String path, Finding finding) throws IOException {
            Found found;
            try {
                found = finding.find();
            } catch (StoreException e) {
                visitor.failed(path, e);
                return;
            }
            if (found != null) {
                visitor.file(found);
            }
        }
    }

    private Found found(Node directory, String path, SourceEntry entry) throws StoreException {
        Facts facts = entry.facts();
        return new Found(path, facts, facts.sizeBytes() == 0 ? null : origin.blob(directory, entry.name(), facts));
    }

    private @Nullable Blob blob(Node file, Facts facts) throws StoreException {
        return facts.sizeBytes() == 0 ? null : origin.blob(file, facts);
    }
}
