package dev.leat.meta.engine.postgres;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.CommitRules;
import dev.leat.meta.engine.FeedPage;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import dev.leat.meta.engine.Stamp;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the table of commits by polling.
 *
 * <p>Events are numbered by a sequence before their transactions commit, so a number may be missing because its transaction
 * still runs, or for ever because it was rolled back. A reader stops before a missing number until every transaction that was
 * running when it first missed it has ended ({@code pg_snapshot_xmin}); then the number is void. While one does not end for
 * seconds (it may be any long transaction of the server) the reader is told to forget its caches, again and again.
 *
 * <p>A position is {@code number@run}. The run is a row in an unlogged table, which the server empties when it recovers from
 * a crash or a standby takes over: only then can commits be missing that the feed told of.
 */
final class PostgresFeed {
    /** Between two looks: a change is told within 20 ms, for 50 small reads a second. */
    static final Duration POLL = Duration.ofMillis(20);

    /** How many numbers before the last one may be missing because their transactions still run. */
    private static final int RUNNING_MAX = 1_000;

    private static final long GAP_RESET_NANOS = Duration.ofSeconds(2).toNanos();
    private static final long GAP_SKIP_NANOS = Duration.ofSeconds(60).toNanos();

    private final String schema;
    private @Nullable Gap gap;

    PostgresFeed(String schema) {
        this.schema = schema;
    }

    /** A number that was missed, by which transaction at the latest it was taken, and since when. */
    private record Gap(long number, long transaction, long sinceNanos) {}

    /** What one look found. */
    private record Look(String run, long trimmed, long oldest, List<Long> numbers, List<FeedPage.Event> events) {}

    FeedPage present(Connection connection, boolean reset) throws SQLException {
        String run = run(connection);
        String sql = "WITH s AS (SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS last FROM " + schema
                + ".feed_id_seq) SELECT s.last, (SELECT min(g) FROM " + schema
                + ".volume v CROSS JOIN LATERAL generate_series(greatest(v.trimmed, s.last - " + RUNNING_MAX
                + ") + 1, s.last) g LEFT JOIN " + schema + ".feed f ON f.id = g WHERE f.id IS NULL) FROM s";
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet row = statement.executeQuery()) {
            row.next();
            long last = row.getLong(1);
            long missing = row.getLong(2);
            return page(List.of(), row.wasNull() ? last : missing - 1, run, reset);
        }
    }

    private String run(Connection connection) throws SQLException {
        for (int i = 0; ; i++) {
            try (PreparedStatement statement = connection.prepareStatement("SELECT id::text FROM " + schema + ".run");
                    ResultSet row = statement.executeQuery()) {
                if (row.next()) {
                    return row.getString(1);
                }
            }
            if (i > 0) {
                throw new SQLException("the table run cannot be written", "XX000");
            }
            try (PreparedStatement statement = connection.prepareStatement(
                    "INSERT INTO " + schema + ".run (id) VALUES (gen_random_uuid()) ON CONFLICT DO NOTHING")) {
                statement.executeUpdate();
            }
        }
    }

    /** The page after a position as far as it is known now; empty if nothing is new. */
    Optional<FeedPage> look(Connection connection, FeedPage.Position after, int limit)
            throws SQLException, MetaException {
        String token = after.token();
        int at = token.indexOf('@');
        long number = number(token, at);
        Look look = look(connection, number, limit);
        if (!token.substring(at + 1).equals(look.run) || number < look.trimmed) {
            return Optional.of(present(connection, true));
        }
        List<FeedPage.Event> events = new ArrayList<>();
        long expected = number + 1;
        for (int i = 0; i < look.numbers.size(); i++) {
            long found = look.numbers.get(i);
            if (found != expected) {
                Gap missed = missed(connection, expected);
                long age = System.nanoTime() - missed.sinceNanos;
                if (look.oldest < missed.transaction && age < GAP_SKIP_NANOS) {
                    if (events.isEmpty() && age > GAP_RESET_NANOS) {
                        return Optional.of(page(List.of(), number, look.run, true));
                    }
                    break;
                }
            }
            events.add(look.events.get(i));
            expected = found + 1;
        }
        return events.isEmpty() ? Optional.empty() : Optional.of(page(events, expected - 1, look.run, false));
    }

    /** Remembers a missing number; its transaction began before one that begins now. */
    private synchronized Gap missed(Connection connection, long number) throws SQLException {
        Gap known = gap;
        if (known != null && known.number == number) {
            return known;
        }
        try (PreparedStatement statement = connection.prepareStatement("SELECT pg_current_xact_id()::text");
                ResultSet row = statement.executeQuery()) {
            row.next();
            Gap fresh = new Gap(number, Long.parseLong(row.getString(1)), System.nanoTime());
            gap = fresh;
            return fresh;
        }
    }

    private Look look(Connection connection, long after, int limit) throws SQLException, MetaException {
        String sql = "SELECT v.trimmed, r.id::text, pg_snapshot_xmin(pg_current_snapshot())::text, f.id, f.session,"
                + " f.sequence, f.keys FROM " + schema + ".volume v LEFT JOIN " + schema
                + ".run r ON true LEFT JOIN LATERAL (SELECT * FROM " + schema
                + ".feed WHERE id > ? ORDER BY id LIMIT ?) f ON true ORDER BY f.id";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, after);
            statement.setInt(2, limit);
            try (ResultSet row = statement.executeQuery()) {
                List<Long> numbers = new ArrayList<>();
                List<FeedPage.Event> events = new ArrayList<>();
                String run = "";
                long trimmed = 0;
                long oldest = 0;
                while (row.next()) {
                    trimmed = row.getLong(1);
                    run = String.valueOf(row.getString(2));
                    oldest = Long.parseLong(row.getString(3));
                    long number = row.getLong(4);
                    if (!row.wasNull()) {
                        numbers.add(number);
                        events.add(event(new Stamp(row.getLong(5), row.getLong(6)), row.getBytes(7)));
                    }
                }
                return new Look(run, trimmed, oldest, numbers, events);
            }
        }
    }

    static void requirePosition(FeedPage.Position position) throws MetaException {
        number(position.token(), position.token().indexOf('@'));
    }

    private static long number(String token, int at) throws MetaException {
        try {
            if (at > 0) {
                long number = Long.parseLong(token.substring(0, at));
                if (number >= 0) {
                    return number;
                }
            }
        } catch (NumberFormatException e) {
            // Told below, with the other wrong spellings.
        }
        throw new MetaException(Kind.INVALID, "no position of this feed: " + token);
    }

    private static FeedPage page(List<FeedPage.Event> events, long number, String run, boolean reset) {
        return new FeedPage(events, new FeedPage.Position(number + "@" + run), reset);
    }

    /** A commit's keys: for each the lengths of its halves (u16) and the halves; null if the feed is not to tell it. */
    static byte @Nullable [] event(Commit commit) {
        List<Key> keys = CommitRules.feedKeys(commit);
        if (keys.isEmpty()) {
            return null;
        }
        int length = 0;
        for (Key key : keys) {
            length += 4 + key.partition().length() + key.name().length();
        }
        ByteBuffer out = ByteBuffer.allocate(length);
        for (Key key : keys) {
            out.putShort((short) key.partition().length())
                    .putShort((short) key.name().length())
                    .put(key.partition().unsafeArray())
                    .put(key.name().unsafeArray());
        }
        return out.array();
    }

    private static FeedPage.Event event(Stamp stamp, byte[] stored) throws MetaException {
        try {
            ByteBuffer in = ByteBuffer.wrap(stored);
            List<Key> keys = new ArrayList<>();
            while (in.hasRemaining()) {
                byte[] partition = new byte[in.getShort()];
                byte[] name = new byte[in.getShort()];
                in.get(partition).get(name);
                keys.add(new Key(Bytes.wrap(partition), Bytes.wrap(name)));
            }
            return new FeedPage.Event(stamp, keys);
        } catch (BufferUnderflowException | NegativeArraySizeException e) {
            throw new MetaException(Kind.CORRUPT, "an event of " + stored.length + " bytes in the feed is cut off", e);
        }
    }
}
