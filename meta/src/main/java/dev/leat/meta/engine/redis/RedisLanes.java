package dev.leat.meta.engine.redis;

import dev.leat.meta.engine.MetaException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;

/**
 * Carries the calls of many threads over a few connections.
 *
 * <p>Concurrency: a caller that finds a free lane leads: it takes what waits, sends it in one piece and hands out the
 * replies. Callers that come meanwhile wait in a queue; a leader that ends gives its lane to the first of them. So a
 * single caller pays no hand-over, and under load one system call carries many commits. No thread is the engine's own.
 */
final class RedisLanes implements AutoCloseable {
    /**
     * Two let one batch gather while the other is at the server. With 8 callers, client and server together spent 45 to 50 µs
     * of CPU on a commit with one or two lanes, 60 to 78 µs with a lane for each caller.
     */
    static final int LANES = 2;

    /** Keeps the replies that one batch may have under way small. */
    private static final int BATCH_MAX = 64;

    private final RedisConnector connector;
    private final long timeoutNanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<RedisCall> queue = new ArrayDeque<>();
    private final Deque<RedisLane> free = new ArrayDeque<>();
    private final List<RedisLane> lanes = new ArrayList<>();
    private volatile boolean closed;

    RedisLanes(RedisConnector connector, int count, long timeoutNanos) {
        this.connector = connector;
        this.timeoutNanos = timeoutNanos;
        for (int i = 0; i < count; i++) {
            RedisLane lane = new RedisLane(connector);
            lanes.add(lane);
            free.add(lane);
        }
    }

    /**
     * The replies to commands, in their order; an error reply is a {@code JedisDataException} among them.
     *
     * @param durable whether to wait until the server's disk has what they wrote, by WAITAOF
     * @throws MetaException of kind UNAVAILABLE when the commands may or may not have taken effect
     */
    List<Object> call(List<CommandArguments> commands, boolean durable) throws MetaException {
        RedisCall call = new RedisCall(commands, durable, System.nanoTime() + timeoutNanos);
        RedisLane lane = enter(call);
        if (lane == null) {
            lane = await(call);
        }
        if (lane != null) {
            lead(call, lane);
        }
        MetaException failure = call.failure;
        if (failure != null) {
            // A new one for each caller: the failure of a batch is shared, stack traces must not be.
            throw new MetaException(failure.kind(), String.valueOf(failure.getMessage()), failure);
        }
        List<Object> replies = call.replies;
        if (replies == null) {
            throw connector.unavailable("no answer within " + timeoutNanos / 1_000_000 + " ms");
        }
        return replies;
    }

    /** A free lane to lead with, or null after queueing. */
    private @Nullable RedisLane enter(RedisCall call) throws MetaException {
        lock.lock();
        try {
            if (closed) {
                throw connector.closed();
            }
            RedisLane lane = free.poll();
            if (lane == null) {
                queue.add(call);
            }
            return lane;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the call is done (null) or its thread is to lead. */
    private @Nullable RedisLane await(RedisCall call) {
        boolean interrupted = false;
        try {
            while (true) {
                RedisCall.State state = call.state;
                if (state == RedisCall.State.DONE) {
                    return null;
                }
                if (state == RedisCall.State.LEADING) {
                    return call.lane;
                }
                long left = call.deadlineNanos - System.nanoTime();
                if (left <= 0 && state == RedisCall.State.WAITING && withdraw(call)) {
                    return null;
                }
                // Once it was sent, its leader ends it by the socket's timeout.
                LockSupport.parkNanos(call, left > 0 ? left : timeoutNanos);
                interrupted |= Thread.interrupted();
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean withdraw(RedisCall call) {
        lock.lock();
        try {
            return queue.remove(call);
        } finally {
            lock.unlock();
        }
    }

    private void lead(RedisCall call, RedisLane lane) {
        List<RedisCall> batch = new ArrayList<>();
        batch.add(call);
        lock.lock();
        try {
            while (batch.size() < BATCH_MAX) {
                RedisCall next = queue.poll();
                if (next == null) {
                    break;
                }
                next.state = RedisCall.State.SENT;
                batch.add(next);
            }
        } finally {
            lock.unlock();
        }
        try {
            lane.run(batch);
        } finally {
            release(lane);
        }
    }

    private void release(RedisLane lane) {
        lock.lock();
        try {
            RedisCall next = queue.poll();
            if (next != null) {
                next.lead(lane);
            } else {
                free.add(lane);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Makes every lane connect anew before its next batch: the server behind it changed its role. */
    void reconnect() {
        lanes.forEach(RedisLane::drop);
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        lanes.forEach(RedisLane::end);
    }
}
