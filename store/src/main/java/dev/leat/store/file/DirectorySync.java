package dev.leat.store.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes names durable: a file is safe after its own fsync, its name only after an fsync of the directory that holds it.
 *
 * <p>Concurrency: writers into one directory share one fsync. Each notes how many fsyncs of the directory had begun when
 * its name was in place; any that begins later covers it. While one runs, the others queue at the group's lock; the first
 * of them runs the next, and the rest find that it began after they came and return.
 */
final class DirectorySync {
    private static final Logger LOG = LoggerFactory.getLogger(DirectorySync.class);

    /** Directories whose own names are known to be durable; at most this many are remembered, about 20 MB. */
    private static final int DURABLE_MAX = 100_000;

    private final Path root;
    private final ConcurrentHashMap<Path, Group> groups = new ConcurrentHashMap<>();
    private final Set<Path> durable = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean warned = new AtomicBoolean();

    DirectorySync(Path root) {
        this.root = root;
    }

    /** Returns when every name put into {@code directory} before the call, and the way to it from the root, is durable. */
    void sync(Path directory) throws IOException {
        syncNamesIn(directory);
        Deque<Path> reached = new ArrayDeque<>();
        for (Path at = directory; !at.equals(root) && !durable.contains(at); at = Root.parent(at)) {
            syncNamesIn(Root.parent(at));
            reached.push(at);
        }
        if (!reached.isEmpty()) {
            if (durable.size() > DURABLE_MAX) {
                durable.clear();
            }
            durable.addAll(reached);
        }
    }

    /** Must be called before and after a directory is removed: the next one of its name is not durable yet. */
    void forget(Path directory) {
        durable.remove(directory);
    }

    private void syncNamesIn(Path directory) throws IOException {
        Group group = groups.compute(directory, (_, old) -> {
            Group at = old == null ? new Group() : old;
            at.users++;
            return at;
        });
        try {
            group.sync(directory);
        } finally {
            groups.compute(directory, (_, at) -> at == null || --at.users == 0 ? null : at);
        }
    }

    private final class Group {
        /** Callers inside; changed only within {@code groups.compute}. */
        private int users;

        private final ReentrantLock fsyncing = new ReentrantLock();
        private volatile long begun;
        private long lastDone;

        void sync(Path directory) throws IOException {
            long before = begun;
            fsyncing.lock();
            try {
                if (lastDone > before) {
                    return;
                }
                long turn = begun + 1;
                begun = turn;
                fsync(directory);
                lastDone = turn;
            } finally {
                fsyncing.unlock();
            }
        }
    }

    private void fsync(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (NoSuchFileException e) {
            throw e;
        } catch (IOException e) {
            if (!Failures.isUnsupported(e)) {
                throw e;
            }
            if (!warned.getAndSet(true)) {
                LOG.warn("{} cannot fsync directories ({}): a power loss may lose recent objects", root, e.toString());
            }
        }
    }
}
