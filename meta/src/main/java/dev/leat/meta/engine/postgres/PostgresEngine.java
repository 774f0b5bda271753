package dev.leat.meta.engine.postgres;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
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
import dev.leat.meta.engine.Stamp;
import dev.leat.meta.engine.Value;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A volume in a schema of a PostgreSQL database, from version 13 on. A commit is one call of a function that locks what it
 * touches, checks, and writes, in one transaction of its own; a read is one statement and so one instant.
 *
 * <p>Commits do not wait for the server's disk unless they are durable ({@code synchronous_commit}); the log keeps their order,
 * so a durable one carries all that were acknowledged before.
 */
public final class PostgresEngine implements MetaEngine {
    /** A deadlock or conflict is over after one retry; more show that something else is wrong. */
    private static final int TRIES_MAX = 10;

    /** Entries that an export asks for at once; with values of at most 4 KiB, 4 MB. */
    private static final int EXPORT_PAGE = 1_000;

    /** Events that the feed keeps: ten seconds of a busy volume. A client that falls behind further forgets its caches. */
    private static final int FEED_EVENTS_MAX = 200_000;

    /** Commits of this client between two looks at the feed's length. */
    private static final int TRIM_EVERY = 20_000;

    private final PostgresConfig config;
    private final PostgresErrors errors;
    private final String commitSql;
    private final EngineInfo info;
    private final HikariDataSource pool;
    private final HikariDataSource feedPool;
    private final PostgresFeed feed;
    private final AtomicLong commits = new AtomicLong();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition ended = lock.newCondition();
    private volatile boolean closed;
    private volatile boolean destroyed;

    private PostgresEngine(PostgresConfig config, PostgresErrors errors, EngineInfo info) {
        this.config = config;
        this.errors = errors;
        this.info = info;
        this.commitSql = PostgresCommit.sql(config.schema());
        this.pool = pool(config, "leat-meta", config.connectionsMax());
        // On its own, so that looking for events never waits for a commit's connection.
        this.feedPool = pool(config, "leat-feed", 2);
        this.feed = new PostgresFeed(config.schema());
    }

    private static HikariDataSource pool(PostgresConfig config, String name, int connections) {
        HikariConfig hikari = new HikariConfig();
        hikari.setPoolName(name);
        hikari.setJdbcUrl(config.jdbcUrl());
        hikari.setDataSourceProperties(config.properties());
        hikari.setMaximumPoolSize(connections);
        hikari.setMinimumIdle(Math.min(connections, 1));
        hikari.setConnectionTimeout(Math.max(250, config.timeout().toMillis()));
        hikari.setValidationTimeout(Math.max(250, config.timeout().toMillis() / 2));
        hikari.setInitializationFailTimeout(-1);
        return new HikariDataSource(hikari);
    }

    /**
     * Opens a volume.
     *
     * @param mode whether to make an empty one if there is none; the database must exist
     * @throws MetaException NOT_FOUND if there is no database, or no volume and none is to be made; FOREIGN if it is another
     *     program's or a newer Leat's; UNAVAILABLE, DENIED or INVALID if the server cannot be used as {@code config} says
     */
    public static PostgresEngine open(PostgresConfig config, OpenMode mode) throws MetaException {
        config.validate();
        PostgresErrors errors = new PostgresErrors(config);
        try (Connection connection = DriverManager.getConnection(config.jdbcUrl(), config.properties())) {
            new PostgresSchema(config, errors).open(connection, mode);
            return new PostgresEngine(config, errors, info(connection, config));
        } catch (SQLException e) {
            throw errors.of(e);
        }
    }

    private static EngineInfo info(Connection connection, PostgresConfig config) throws SQLException {
        List<String> unsafe = new ArrayList<>();
        for (String name : List.of("fsync", "full_page_writes")) {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SHOW " + name)) {
                if (row.next() && !"on".equals(row.getString(1))) {
                    unsafe.add(name);
                }
            }
        }
        String warning = unsafe.isEmpty()
                ? null
                : "PostgreSQL at " + config.hosts() + " may lose or damage data when its machine loses power ("
                        + String.join(" and ", unsafe) + " off); set " + String.join(" and ", unsafe) + " on there";
        return new EngineInfo("postgres", config.location(), unsafe.isEmpty(), warning, true, true);
    }

    /** Something done with a connection. */
    @FunctionalInterface
    private interface Work<T> {
        T with(Connection connection) throws SQLException, MetaException;
    }

    private <T> T with(HikariDataSource source, Work<T> work) throws MetaException {
        for (int i = 1; ; i++) {
            requireOpen();
            try (Connection connection = source.getConnection()) {
                return work.with(connection);
            } catch (SQLException e) {
                if (!PostgresErrors.rolledBack(e) || i == TRIES_MAX) {
                    requireOpen();
                    throw errors.of(e);
                }
            }
        }
    }

    private void requireOpen() throws MetaException {
        if (closed) {
            throw new MetaException(Kind.INVALID, "the connection to " + config.location() + " is closed");
        }
        if (destroyed) {
            throw errors.absent(null);
        }
    }

    @Override
    public EngineInfo info() {
        return info;
    }

    @Override
    public Map<Key, Value> get(List<Key> keys, List<Prefix> prefixes) throws MetaException {
        requireOpen();
        Map<Key, Value> found = new HashMap<>();
        if (keys.isEmpty() && prefixes.isEmpty()) {
            return found;
        }
        String entry = config.schema() + ".entry";
        String byKey = "SELECT e.*, 0 AS range FROM unnest(?, ?) AS k(partition, name) JOIN " + entry
                + " e ON e.partition = k.partition AND e.name = k.name";
        String byPrefix = "SELECT e.*, 1 AS range FROM unnest(?, ?, ?) AS k(partition, first, last) CROSS JOIN LATERAL"
                + " (SELECT * FROM " + entry
                + " WHERE partition = k.partition AND name >= k.first AND name < k.last LIMIT "
                + (CommitRules.PREFIX_KEYS_MAX + 1) + ") e";
        String sql = prefixes.isEmpty() ? byKey : keys.isEmpty() ? byPrefix : byKey + " UNION ALL " + byPrefix;
        return with(pool, connection -> {
            found.clear();
            int covered = 0;
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                bind(connection, statement, keys, prefixes);
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        covered += row.getInt(6);
                        Key key = new Key(Bytes.wrap(row.getBytes(1)), Bytes.wrap(row.getBytes(2)));
                        found.put(key, value(row, 3));
                    }
                }
            }
            if (covered > CommitRules.PREFIX_KEYS_MAX) {
                throw CommitRules.prefixesTooWide();
            }
            return found;
        });
    }

    private static void bind(Connection connection, PreparedStatement statement, List<Key> keys, List<Prefix> prefixes)
            throws SQLException {
        int at = 0;
        if (!keys.isEmpty()) {
            PostgresCommit.KeyColumns columns = new PostgresCommit.KeyColumns();
            keys.forEach(columns::add);
            at = columns.set(connection, statement, at);
        }
        if (!prefixes.isEmpty()) {
            PostgresCommit.KeyColumns columns = new PostgresCommit.KeyColumns();
            List<byte[]> ends = new ArrayList<>();
            for (Prefix prefix : prefixes) {
                columns.add(new Key(prefix.partition(), prefix.start()));
                ends.add(PostgresCommit.end(prefix.start()));
            }
            at = columns.set(connection, statement, at);
            statement.setArray(at + 1, PostgresCommit.bytea(connection, ends));
        }
    }

    private static Value value(ResultSet row, int at) throws SQLException {
        return new Value(row.getBytes(at), new Stamp(row.getLong(at + 1), row.getLong(at + 2)));
    }

    @Override
    public List<Map.Entry<Key, Value>> scan(Prefix prefix, @Nullable Bytes after, int limit) throws MetaException {
        CommitRules.validatePage(limit);
        boolean resume = after != null && after.compareTo(prefix.start()) >= 0;
        byte[] from =
                resume && after != null ? after.unsafeArray() : prefix.start().unsafeArray();
        String sql =
                "SELECT name, value, session, sequence FROM " + config.schema() + ".entry WHERE partition = ? AND name "
                        + (resume ? ">" : ">=") + " ? AND name < ? ORDER BY name LIMIT ?";
        return with(pool, connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setBytes(1, prefix.partition().unsafeArray());
                statement.setBytes(2, from);
                statement.setBytes(3, PostgresCommit.end(prefix.start()));
                statement.setInt(4, limit);
                try (ResultSet row = statement.executeQuery()) {
                    List<Map.Entry<Key, Value>> page = new ArrayList<>();
                    while (row.next()) {
                        page.add(Map.entry(new Key(prefix.partition(), Bytes.wrap(row.getBytes(1))), value(row, 2)));
                    }
                    return page;
                }
            }
        });
    }

    @Override
    public CommitResult commit(Commit commit) throws MetaException {
        CommitRules.validate(commit);
        PostgresCommit call = new PostgresCommit(commit, config.schema());
        CommitResult result = with(pool, connection -> {
            try (PreparedStatement statement = connection.prepareStatement(commitSql)) {
                return call.run(connection, statement);
            }
        });
        if (commits.incrementAndGet() % TRIM_EVERY == 0) {
            Thread.ofVirtual().name("leat-feed-trim").start(() -> trimQuietly(FEED_EVENTS_MAX));
        }
        return result;
    }

    private void trimQuietly(int keep) {
        try {
            trim(keep);
        } catch (MetaException e) {
            // It is tried again after as many commits; a long feed harms nobody meanwhile.
        }
    }

    /** Forgets all but the last events of the feed. */
    void trim(int keep) throws MetaException {
        with(feedPool, connection -> {
            try (Statement statement = connection.createStatement()) {
                return statement.execute("SELECT " + config.schema() + ".trim(" + keep + ")");
            }
        });
    }

    @Override
    public void sync() throws MetaException {
        // An empty message in the log makes this transaction's end wait for the log up to there, and so for all before.
        with(pool, connection -> {
            try (Statement statement = connection.createStatement()) {
                return statement.execute(
                        "SELECT set_config('synchronous_commit', 'on', true), pg_logical_emit_message(true, 'leat', '')");
            }
        });
    }

    @Override
    public FeedPage feed(FeedPage.@Nullable Position after, int limit, Duration wait) throws MetaException {
        CommitRules.validatePage(limit);
        requireOpen();
        if (after == null) {
            return with(feedPool, connection -> feed.present(connection, false));
        }
        PostgresFeed.requirePosition(after);
        long deadline = System.nanoTime() + wait.toNanos();
        while (true) {
            Optional<FeedPage> page = with(feedPool, connection -> feed.look(connection, after, limit));
            if (page.isPresent()) {
                return page.get();
            }
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return new FeedPage(List.of(), after, false);
            }
            pause(Math.min(left, PostgresFeed.POLL.toNanos()));
        }
    }

    private void pause(long nanos) throws MetaException {
        lock.lock();
        try {
            long left = nanos;
            while (left > 0 && !closed) {
                left = ended.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MetaException(
                    Kind.UNAVAILABLE, "interrupted while waiting for the feed of " + config.location(), e);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void export(ExportConsumer consumer) throws MetaException {
        requireOpen();
        try (Connection connection = DriverManager.getConnection(config.jdbcUrl(), config.properties())) {
            connection.setReadOnly(true);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.setFetchSize(EXPORT_PAGE);
                try (ResultSet row = statement.executeQuery(
                        "SELECT partition, name, value FROM " + config.schema() + ".entry ORDER BY partition, name")) {
                    while (row.next()) {
                        consumer.entry(
                                new Key(Bytes.wrap(row.getBytes(1)), Bytes.wrap(row.getBytes(2))), row.getBytes(3));
                    }
                }
            }
            connection.rollback();
        } catch (SQLException e) {
            throw errors.of(e);
        }
    }

    @Override
    public void destroy() throws MetaException {
        requireOpen();
        try (Connection connection = DriverManager.getConnection(config.jdbcUrl(), config.properties())) {
            new PostgresSchema(config, errors).drop(connection);
            destroyed = true;
        } catch (SQLException e) {
            throw errors.of(e);
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            ended.signalAll();
        } finally {
            lock.unlock();
        }
        feedPool.close();
        pool.close();
    }

    @Override
    public String toString() {
        return config.location();
    }
}
