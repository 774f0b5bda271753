package dev.leat.meta.engine.sqlite;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.CommitPlan;
import dev.leat.meta.engine.FeedPage;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Prefix;
import dev.leat.meta.engine.Stamp;
import dev.leat.meta.engine.Value;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteOpenMode;

/**
 * One connection to the file with its statements, for one thread at a time.
 *
 * <p>Transactions are begun and ended by statements of its own: the driver is told that it is not in autocommit mode, or it
 * would wrap each statement in a transaction, and begin the next one at each commit, which would hold the write lock for good.
 */
final class SqliteLink implements AutoCloseable {
    /** How long SQLite itself waits for a lock; only readers that meet a recovery and the switch to WAL need it. */
    static final int BUSY_TIMEOUT_MS = 5_000;

    private final SQLiteConnection connection;
    private final Map<String, PreparedStatement> statements = new HashMap<>();

    private SqliteLink(SQLiteConnection connection) {
        this.connection = connection;
    }

    /**
     * Connects to a file that is there.
     *
     * @param cacheKib memory for pages, KiB
     */
    static SqliteLink open(Path file, int cacheKib) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.resetOpenMode(SQLiteOpenMode.CREATE);
        config.setOpenMode(SQLiteOpenMode.READWRITE);
        config.setBusyTimeout(BUSY_TIMEOUT_MS);
        // Otherwise each INSERT asks for the row it made.
        config.setGetGeneratedKeys(false);
        Connection opened = config.createConnection("jdbc:sqlite:" + file.toAbsolutePath());
        SQLiteConnection connection = opened.unwrap(SQLiteConnection.class);
        SqliteLink link = new SqliteLink(connection);
        try {
            connection.getConnectionConfig().setAutoCommit(false);
            link.run("PRAGMA cache_size = -" + cacheKib);
            // A failing disk under a mapping is a signal that ends the process; under read() it is an error that we
            // report.
            link.run("PRAGMA mmap_size = 0");
            // Checkpoints are the janitor's, so that no commit waits for one.
            link.run("PRAGMA wal_autocheckpoint = 0");
            link.run("PRAGMA synchronous = NORMAL");
            return link;
        } catch (SQLException e) {
            link.close();
            throw e;
        }
    }

    /** Runs statements that are not worth keeping. */
    void run(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The numbers of a statement's first row; none if it has no row. */
    long[] numbers(String sql, int columns) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? longs(row, columns) : new long[0];
        }
    }

    /** The first column of every row. */
    List<String> texts(String sql) throws SQLException {
        List<String> texts = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                texts.add(row.getString(1));
            }
        }
        return texts;
    }

    /** Begins a transaction that reads one instant. */
    void begin() throws SQLException {
        statement("BEGIN").executeUpdate();
    }

    /** Begins a transaction that may write: takes the only write lock or fails as busy, at once. */
    void beginWrite() throws SQLException {
        statement("BEGIN IMMEDIATE").executeUpdate();
    }

    void commit() throws SQLException {
        statement("COMMIT").executeUpdate();
    }

    /** Ends a transaction that only read. */
    void end() throws SQLException {
        statement("COMMIT").executeUpdate();
    }

    /**
     * Makes the connection fit for use after an error: ends the transaction without its changes, if SQLite has not ended it already,
     * and forgets all statements, of which the driver closes the one that failed.
     */
    void recover() {
        for (PreparedStatement statement : statements.values()) {
            try {
                statement.close();
            } catch (SQLException e) {
                // It is the one that failed.
            }
        }
        statements.clear();
        try {
            run("ROLLBACK");
        } catch (SQLException e) {
            // "No transaction is active": a full disk or an I/O error ended it before.
        }
    }

    /** How long BEGIN waits inside SQLite. */
    void setBusyTimeoutMs(int ms) throws SQLException {
        connection.setBusyTimeout(ms);
    }

    /**
     * Chooses whether the next transactions reach the disk before they are acknowledged.
     *
     * @throws SQLException also when SQLite did not take the setting, which it does not inside a transaction
     */
    void setDurable(boolean durable) throws SQLException {
        int level = durable ? 2 : 1;
        run("PRAGMA synchronous = " + level);
        long[] now = numbers("PRAGMA synchronous", 1);
        if (now.length == 0 || now[0] != level) {
            throw new SQLException("PRAGMA synchronous stayed at another level than " + level);
        }
    }

    /** A number that changes when another connection has committed. */
    long dataVersion() throws SQLException {
        PreparedStatement dataVersion = statement("PRAGMA data_version");
        try (ResultSet row = dataVersion.executeQuery()) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    @Nullable
    Value get(Key key) throws SQLException {
        PreparedStatement get = statement("SELECT v, s, q FROM leat_kv WHERE p = ? AND k = ?");
        get.setBytes(1, key.partition().unsafeArray());
        get.setBytes(2, key.name().unsafeArray());
        try (ResultSet row = get.executeQuery()) {
            return row.next() ? value(row, 1) : null;
        }
    }

    /**
     * Entries of a prefix in order.
     *
     * @param after only greater names, null for all
     */
    List<Map.Entry<Key, Value>> scan(Prefix prefix, @Nullable Bytes after, int limit) throws SQLException {
        boolean resume = after != null && after.compareTo(prefix.start()) >= 0;
        Bytes from = resume && after != null ? after : prefix.start();
        byte[] end = end(prefix.start());
        PreparedStatement statement = statement(
                end == null
                        ? "SELECT k, v, s, q FROM leat_kv WHERE p = ? AND k >= ? ORDER BY k LIMIT ?"
                        : "SELECT k, v, s, q FROM leat_kv WHERE p = ? AND k >= ? AND k < ? ORDER BY k LIMIT ?");
        statement.setBytes(1, prefix.partition().unsafeArray());
        statement.setBytes(2, from.unsafeArray());
        // One statement for "from" and "after": the row at "from" itself is left out below.
        int extra = resume ? 1 : 0;
        if (end == null) {
            statement.setInt(3, limit + extra);
        } else {
            statement.setBytes(3, end);
            statement.setInt(4, limit + extra);
        }
        List<Map.Entry<Key, Value>> page = new ArrayList<>();
        try (ResultSet row = statement.executeQuery()) {
            while (page.size() < limit && row.next()) {
                Bytes name = Bytes.wrap(bytes(row.getBytes(1)));
                if (!resume || !name.equals(from)) {
                    page.add(Map.entry(new Key(prefix.partition(), name), value(row, 2)));
                }
            }
        }
        return page;
    }

    /** The first byte string after all that start with {@code start}; null if there is none. */
    private static byte @Nullable [] end(Bytes start) {
        int length = start.length();
        while (length > 0 && start.at(length - 1) == (byte) 0xff) {
            length--;
        }
        if (length == 0) {
            return null;
        }
        byte[] end = java.util.Arrays.copyOf(start.unsafeArray(), length);
        end[length - 1]++;
        return end;
    }

    /** Writes or removes one key. */
    void apply(CommitPlan.Change change, Stamp stamp) throws SQLException {
        byte[] bytes = change.value();
        if (bytes == null) {
            PreparedStatement delete = statement("DELETE FROM leat_kv WHERE p = ? AND k = ?");
            delete.setBytes(1, change.key().partition().unsafeArray());
            delete.setBytes(2, change.key().name().unsafeArray());
            delete.executeUpdate();
            return;
        }
        PreparedStatement put = statement("INSERT OR REPLACE INTO leat_kv (p, k, v, s, q) VALUES (?, ?, ?, ?, ?)");
        put.setBytes(1, change.key().partition().unsafeArray());
        put.setBytes(2, change.key().name().unsafeArray());
        put.setBytes(3, bytes);
        put.setLong(4, stamp.session());
        put.setLong(5, stamp.sequence());
        put.executeUpdate();
    }

    /** Adds an event to the feed; its number is one more than the last one's, which trimming always keeps. */
    void addEvent(Stamp stamp, List<Key> keys) throws SQLException {
        PreparedStatement addEvent = statement("INSERT INTO leat_feed (s, q, keys) VALUES (?, ?, ?)");
        addEvent.setLong(1, stamp.session());
        addEvent.setLong(2, stamp.sequence());
        addEvent.setBytes(3, FeedCodec.encode(keys));
        addEvent.executeUpdate();
    }

    /** Forgets all but the last {@code keep} (at least one) events. */
    void trimFeed(long keep) throws SQLException {
        PreparedStatement trim = statement("DELETE FROM leat_feed WHERE n <= (SELECT max(n) FROM leat_feed) - ?");
        trim.setLong(1, Math.max(1, keep));
        trim.executeUpdate();
    }

    /** First and last number in the feed; 1 and 0 when it is empty. */
    long[] feedEnds() throws SQLException {
        PreparedStatement feedEnds = statement(
                "SELECT coalesce((SELECT min(n) FROM leat_feed), 1), coalesce((SELECT max(n) FROM leat_feed), 0)");
        try (ResultSet row = feedEnds.executeQuery()) {
            return row.next() ? longs(row, 2) : new long[] {1, 0};
        }
    }

    /** Events after a number. */
    List<FeedPage.Event> feed(long after, int limit) throws SQLException {
        PreparedStatement feed = statement("SELECT s, q, keys FROM leat_feed WHERE n > ? ORDER BY n LIMIT ?");
        feed.setLong(1, after);
        feed.setInt(2, limit);
        List<FeedPage.Event> events = new ArrayList<>();
        try (ResultSet row = feed.executeQuery()) {
            while (row.next()) {
                events.add(new FeedPage.Event(
                        new Stamp(row.getLong(1), row.getLong(2)), FeedCodec.decode(bytes(row.getBytes(3)))));
            }
        }
        return events;
    }

    /** Changes a row that means nothing, so that a transaction has something to write. */
    void touch() throws SQLException {
        run("UPDATE leat_flush SET n = n + 1");
    }

    /**
     * Moves what is in the log to the file, as far as no reader needs the older pages.
     *
     * @return the pages in the log that were there
     */
    long checkpoint() throws SQLException {
        long[] result = numbers("PRAGMA wal_checkpoint(PASSIVE)", 3);
        return result.length == 0 ? 0 : result[1];
    }

    /** Hands out everything, in the order of partitions and names. */
    void export(MetaEngine.ExportConsumer consumer) throws SQLException, MetaException {
        try (PreparedStatement all = connection.prepareStatement("SELECT p, k, v FROM leat_kv ORDER BY p, k");
                ResultSet row = all.executeQuery()) {
            while (row.next()) {
                Key key = new Key(Bytes.wrap(bytes(row.getBytes(1))), Bytes.wrap(bytes(row.getBytes(2))));
                consumer.entry(key, bytes(row.getBytes(3)));
            }
        }
    }

    /** A statement, made at its first use. */
    private PreparedStatement statement(String sql) throws SQLException {
        PreparedStatement statement = statements.get(sql);
        if (statement == null) {
            statement = connection.prepareStatement(sql);
            statements.put(sql, statement);
        }
        return statement;
    }

    private static long[] longs(ResultSet row, int columns) throws SQLException {
        long[] numbers = new long[columns];
        for (int i = 0; i < columns; i++) {
            numbers[i] = row.getLong(i + 1);
        }
        return numbers;
    }

    private static Value value(ResultSet row, int column) throws SQLException {
        return new Value(bytes(row.getBytes(column)), new Stamp(row.getLong(column + 1), row.getLong(column + 2)));
    }

    /** SQLite hands out an empty blob as no pointer. */
    private static byte[] bytes(byte @Nullable [] blob) {
        return blob == null ? new byte[0] : blob;
    }

    @Override
    public void close() {
        try {
            for (PreparedStatement statement : statements.values()) {
                statement.close();
            }
            connection.close();
        } catch (SQLException e) {
            // Nothing depends on it: what was committed is in the log, and the next open recovers it.
        }
    }
}
