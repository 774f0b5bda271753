package dev.leat.meta.engine.redis;

import dev.leat.meta.engine.FeedPage;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.MetaException.Kind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Reads the volume's stream of commits over connections of its own, since waiting for an event blocks a connection.
 *
 * <p>Events are numbered without gaps by the commit script, so that a gap after a position shows that events were trimmed. A position is
 * {@code number@run}, where the run is the server process's: numbers may roll back when another process takes over.
 */
final class RedisFeed implements AutoCloseable {
    private final RedisConnector connector;
    private final RedisCodec codec;
    private final int timeoutMs;
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Line> idle = new ArrayDeque<>();
    private final Set<Connection> all = new HashSet<>();
    private boolean closed;

    RedisFeed(RedisConnector connector, RedisCodec codec, Duration timeout) {
        this.connector = connector;
        this.codec = codec;
        this.timeoutMs = (int) Math.min(timeout.toMillis(), Integer.MAX_VALUE / 2);
    }

    private record Line(Connection connection, String run) {}

    FeedPage page(FeedPage.@Nullable Position after, int limit, Duration wait) throws MetaException {
        long number = after == null ? 0 : number(after);
        Line line = borrow();
        boolean usable = false;
        try {
            FeedPage page = after == null || !after.token().endsWith("@" + line.run)
                    ? present(line, after != null)
                    : page(line, number, limit, wait);
            usable = true;
            return page;
        } catch (JedisException e) {
            throw isClosed() ? connector.closed() : connector.errors().of(e);
        } finally {
            giveBack(line, usable);
        }
    }

    private static long number(FeedPage.Position position) throws MetaException {
        String token = position.token();
        int at = token.indexOf('@');
        try {
            if (at > 0) {
                return Long.parseUnsignedLong(token.substring(0, at));
            }
        } catch (NumberFormatException e) {
            // Told below, with the other wrong spellings.
        }
        throw new MetaException(Kind.INVALID, "no position of this feed: " + token);
    }

    private FeedPage present(Line line, boolean reset) {
        Object last = line.connection.executeCommand(new CommandArguments(Protocol.Command.GET).add(codec.key('n')));
        return at(line, List.of(), last(last), reset);
    }

    private FeedPage page(Line line, long after, int limit, Duration wait) throws MetaException {
        Connection connection = line.connection;
        int waitMs = Math.clamp(wait.toMillis(), 0, Integer.MAX_VALUE / 2);
        // The number first: if it is below the position the server lost commits, and nothing may come for long.
        connection.sendCommand(new CommandArguments(Protocol.Command.GET).add(codec.key('n')));
        CommandArguments read = new CommandArguments(Protocol.Command.XREAD)
                .add(Protocol.Keyword.COUNT)
                .add(limit);
        if (waitMs > 0) {
            read.add(Protocol.Keyword.BLOCK).add(waitMs);
        }
        connection.sendCommand(
                read.add(Protocol.Keyword.STREAMS).add(codec.key('f')).add(after + "-0"));
        connection.setSoTimeout(waitMs + timeoutMs);
        long last = last(connection.getOne());
        Object reply = connection.getOne();
        connection.setSoTimeout(timeoutMs);
        if (!(reply instanceof List<?> streams)) {
            return last == after ? at(line, List.of(), after, false) : at(line, List.of(), last, true);
        }
        List<?> entries = (List<?>) ((List<?>) streams.getFirst()).get(1);
        List<FeedPage.Event> events = new ArrayList<>(entries.size());
        long expected = after;
        for (Object entry : entries) {
            expected++;
            List<?> parts = (List<?>) entry;
            if (last < after || id((byte[]) parts.getFirst()) != expected) {
                return present(line, true);
            }
            events.add(RedisCodec.event((byte[]) ((List<?>) parts.get(1)).get(1)));
        }
        return at(line, events, expected, false);
    }

    private static long id(byte[] id) {
        String text = new String(id, StandardCharsets.US_ASCII);
        return Long.parseLong(text.substring(0, text.indexOf('-')));
    }

    private static long last(@Nullable Object number) {
        return number instanceof byte[] digits ? Long.parseLong(new String(digits, StandardCharsets.US_ASCII)) : 0;
    }

    private static FeedPage at(Line line, List<FeedPage.Event> events, long number, boolean reset) {
        return new FeedPage(events, new FeedPage.Position(number + "@" + line.run), reset);
    }

    private Line borrow() throws MetaException {
        lock.lock();
        try {
            if (closed) {
                throw connector.closed();
            }
            Line line = idle.poll();
            if (line != null) {
                return line;
            }
        } finally {
            lock.unlock();
        }
        Connection connection = connector.connect();
        String run;
        try {
            run = RedisFacts.info(connection, "server").getOrDefault("run_id", "");
        } catch (JedisException e) {
            RedisConnector.close(connection);
            throw connector.errors().of(e);
        }
        lock.lock();
        try {
            if (closed) {
                RedisConnector.close(connection);
                throw connector.closed();
            }
            all.add(connection);
        } finally {
            lock.unlock();
        }
        return new Line(connection, run);
    }

    private void giveBack(Line line, boolean usable) {
        lock.lock();
        try {
            if (usable && !closed && !line.connection.isBroken()) {
                idle.push(line);
                return;
            }
            all.remove(line.connection);
        } finally {
            lock.unlock();
        }
        RedisConnector.close(line.connection);
    }

    private boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        List<Connection> open;
        lock.lock();
        try {
            closed = true;
            open = List.copyOf(all);
            all.clear();
        } finally {
            lock.unlock();
        }
        open.forEach(RedisConnector::close);
    }
}
