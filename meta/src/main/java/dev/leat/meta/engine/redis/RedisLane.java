package dev.leat.meta.engine.redis;

import dev.leat.meta.engine.MetaException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol;

/** One connection that carries batches of calls. Used by one thread at a time. */
final class RedisLane {
    private final RedisConnector connector;
    private volatile @Nullable Connection connection;
    private volatile boolean ended;

    RedisLane(RedisConnector connector) {
        this.connector = connector;
    }

    /**
     * Sends all calls, then reads all replies; the durable ones end when the server's disk has them. Every call ends with
     * replies or a failure.
     */
    void run(List<RedisCall> batch) {
        Connection open;
        try {
            open = connected();
        } catch (MetaException e) {
            for (RedisCall call : batch) {
                call.failure = e;
                call.done();
            }
            return;
        }
        List<RedisCall> waiting = new ArrayList<>(batch);
        try {
            exchange(open, batch, waiting);
        } catch (RuntimeException e) {
            drop();
            MetaException failure = connector.unavailable(e);
            for (RedisCall call : waiting) {
                call.failure = failure;
                call.done();
            }
        }
    }

    private void exchange(Connection open, List<RedisCall> batch, List<RedisCall> waiting) {
        boolean durable = false;
        for (RedisCall call : batch) {
            for (CommandArguments command : call.commands) {
                open.sendCommand(command);
            }
            durable |= call.durable;
        }
        if (durable) {
            // One for all: it waits for the last write of this connection.
            open.sendCommand(
                    new CommandArguments(Protocol.Command.WAITAOF).add(1).add(0).add(connector.timeoutMs()));
        }
        for (RedisCall call : batch) {
            call.replies = open.getMany(call.commands.size());
            if (!call.durable) {
                waiting.remove(call);
                call.done();
            }
        }
        if (durable) {
            Object reply = open.getMany(1).getFirst();
            boolean synced = reply instanceof List<?> counts && counts.getFirst() instanceof Long local && local >= 1;
            for (RedisCall call : waiting) {
                call.failure = synced ? null : connector.notSynced(reply);
                call.done();
            }
            waiting.clear();
        }
    }

    private Connection connected() throws MetaException {
        if (ended) {
            throw connector.closed();
        }
        Connection current = connection;
        if (current != null && !current.isBroken() && current.isConnected()) {
            return current;
        }
        drop();
        Connection fresh = connector.connect();
        connection = fresh;
        return fresh;
    }

    /** Ends the connection for good. */
    void end() {
        ended = true;
        drop();
    }

    /** Ends the connection; the next batch makes a new one. */
    void drop() {
        Connection current = connection;
        connection = null;
        RedisConnector.close(current);
    }
}
