package dev.leat.meta.engine.sqlite;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.CommitResult;
import dev.leat.meta.engine.CommitRules;
import dev.leat.meta.engine.FeedPage;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import dev.leat.meta.engine.OpenMode;
import dev.leat.meta.engine.Prefix;
import dev.leat.meta.engine.Value;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The contract on one SQLite file in WAL mode, which any number of processes of one host may open.
 *
 * <p>One table holds the values, ordered by partition and name; another one the feed, a row for each commit, written in its transaction. {@link
 * GroupCommitter} writes, {@link ReaderPool} reads beside it, {@link FeedTail} reads the feed, {@link FeedWatch} notices other processes' commits, {@link
 * Janitor} keeps the log short.
 */
public final class SqliteEngine implements MetaEngine {
    /** Longest wait for the write lock, a reading connection, or an answer. */
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(10);

    /** Events kept: minutes at full speed, days of an ordinary volume; some 10 MiB. */
    private static final long FEED_EVENTS_MAX = 100_000;

    /** Memory for pages of the writing connection: the upper levels of a tree of some 10 million rows. */
    private static final int WRITER_CACHE_KIB = 32 << 10;

    /** Memory for pages of each reading connection; all together stay under 64 MiB. */
    private static final int READER_CACHE_KIB = 8 << 10;

    /** Reading connections: SQLite's readers do not wait for each other, so one for each core, within reason. */
    private static final int READERS_MAX = Math.clamp(Runtime.getRuntime().availableProcessors(), 2, 8);

    private final Path file;
    private final EngineInfo info;
    private final ReaderPool readers;
    private final FeedTail tail;
    private final FeedWatch watch;
    private final GroupCommitter committer;
    private final Janitor janitor;
    private final AtomicBoolean closed = new AtomicBoolean();

    private SqliteEngine(Path file, SqliteFile.Place place, SqliteLink writer, SqliteLink cleaner) {
        this.file = file;
        this.info = new EngineInfo(
                "sqlite", "sqlite://" + file.toAbsolutePath(), place.durable(), place.warning(), true, false);
        this.readers = new ReaderPool(file, READERS_MAX, READER_CACHE_KIB, REQUEST_TIMEOUT);
        this.tail = new FeedTail(file, REQUEST_TIMEOUT);
        this.watch = new FeedWatch(file, 256);
        this.committer = new GroupCommitter(file, writer, REQUEST_TIMEOUT, FEED_EVENTS_MAX, watch::wake);
        this.janitor = new Janitor(file, cleaner, committer);
    }

    /**
     * Opens a volume's file.
     *
     * @throws MetaException NOT_FOUND, DENIED, FOREIGN, CORRUPT, FULL, or INVALID for a place where SQLite is not safe
     */
    public static SqliteEngine open(Path file, OpenMode mode) throws MetaException {
        SqliteFile.Place place = SqliteFile.prepare(file, mode);
        try {
            SqliteLink writer = SqliteLink.open(file, WRITER_CACHE_KIB);
            try {
                // The committer tries again by itself, faster than SQLite would.
                writer.setBusyTimeoutMs(0);
                return new SqliteEngine(file, place, writer, SqliteLink.open(file, 256));
            } catch (SQLException e) {
                writer.close();
                throw e;
            }
        } catch (SQLException e) {
            throw SqliteErrors.translate(file, e);
        }
    }

    @Override
    public EngineInfo info() {
        return info;
    }

    @Override
    public Map<Key, Value> get(List<Key> keys, List<Prefix> prefixes) throws MetaException {
        requireThere();
        if (keys.isEmpty() && prefixes.isEmpty()) {
            return Map.of();
        }
        return readers.read(link -> {
            if (keys.size() + prefixes.size() == 1) {
                // One statement is one instant already.
                return find(link, keys, prefixes);
            }
            link.begin();
            Map<Key, Value> found = find(link, keys, prefixes);
            link.end();
            return found;
        });
    }

    private static Map<Key, Value> find(SqliteLink link, List<Key> keys, List<Prefix> prefixes)
            throws SQLException, MetaException {
        Map<Key, Value> found = new HashMap<>();
        int left = CommitRules.PREFIX_KEYS_MAX;
        for (Prefix prefix : prefixes) {
            List<Map.Entry<Key, Value>> page = link.scan(prefix, null, left + 1);
            left -= page.size();
            if (left < 0) {
                throw CommitRules.prefixesTooWide();
            }
            page.forEach(entry -> found.put(entry.getKey(), entry.getValue()));
        }
        for (Key key : keys) {
            Value value = link.get(key);
            if (value != null) {
                found.put(key, value);
            }
        }
        return found;
    }

    @Override
    public List<Map.Entry<Key, Value>> scan(Prefix prefix, @Nullable Bytes after, int limit) throws MetaException {
        requireThere();
        CommitRules.validatePage(limit);
        return readers.read(link -> link.scan(prefix, after, limit));
    }

    @Override
    public CommitResult commit(Commit commit) throws MetaException {
        requireThere();
        CommitRules.validate(commit);
        return committer.commit(commit);
    }

    @Override
    public void sync() throws MetaException {
        requireThere();
        committer.sync();
    }

    @Override
    public FeedPage feed(FeedPage.@Nullable Position after, int limit, Duration wait) throws MetaException {
        CommitRules.validatePage(limit);
        long position = after == null ? -1 : number(after);
        long nanos = wait.toNanos();
        while (true) {
            requireThere();
            long seen = watch.changes();
            FeedPage page = tail.page(position, limit);
            if (after == null || page.reset() || !page.events().isEmpty() || nanos <= 0) {
                return page;
            }
            try {
                nanos = watch.await(seen, nanos);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new MetaException(Kind.UNAVAILABLE, "interrupted while waiting for the feed of " + file, e);
            }
        }
    }

    @Override
    public boolean isEnd(FeedPage.Position position) throws MetaException {
        requireThere();
        return tail.isEnd(number(position));
    }

    private static long number(FeedPage.Position position) throws MetaException {
        try {
            long number = Long.parseLong(position.token());
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below, with the other wrong spellings.
        }
        throw new MetaException(Kind.INVALID, "no position of this feed: " + position.token());
    }

    @Override
    public void export(ExportConsumer consumer) throws MetaException {
        requireThere();
        // A connection of its own: a long export must not keep one from the readers.
        try (SqliteLink link = SqliteLink.open(file, READER_CACHE_KIB)) {
            link.export(consumer);
        } catch (SQLException e) {
            throw SqliteErrors.translate(file, e);
        }
    }

    @Override
    public void destroy() throws MetaException {
        requireThere();
        close();
        SqliteFile.delete(file);
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            janitor.close();
            watch.close();
            readers.close();
            tail.close();
            // Last, so that its connection folds the log into the file.
            committer.close();
        }
    }

    private void requireThere() throws MetaException {
        if (closed.get()) {
            throw new MetaException(Kind.INVALID, "the metadata engine on " + file + " is closed");
        }
        if (janitor.isGone()) {
            throw new MetaException(
                    Kind.NOT_FOUND, file + " was removed or replaced while it was open; unmount and mount again");
        }
    }
}
