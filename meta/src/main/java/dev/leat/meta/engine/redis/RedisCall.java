package dev.leat.meta.engine.redis;

import dev.leat.meta.engine.MetaException;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;

/**
 * Commands of one caller that go to the server together, and where their replies arrive.
 *
 * <p>Concurrency: written by the thread that leads the batch, published by the volatile {@link #state}.
 */
final class RedisCall {
    /** How far a call is. */
    enum State {
        /** In the queue. */
        WAITING,
        /** Its thread is to lead a batch. */
        LEADING,
        /** Being sent by another thread. */
        SENT,
        /** Replies or a failure are there. */
        DONE
    }

    final List<CommandArguments> commands;
    final long deadlineNanos;
    final boolean durable;
    final Thread caller = Thread.currentThread();
    volatile State state = State.WAITING;

    @Nullable
    RedisLane lane;

    @Nullable
    List<Object> replies;

    @Nullable
    MetaException failure;

    RedisCall(List<CommandArguments> commands, boolean durable, long deadlineNanos) {
        this.commands = commands;
        this.durable = durable;
        this.deadlineNanos = deadlineNanos;
    }

    void done() {
        state = State.DONE;
        if (!caller.equals(Thread.currentThread())) {
            LockSupport.unpark(caller);
        }
    }

    void lead(RedisLane freeLane) {
        lane = freeLane;
        state = State.LEADING;
        LockSupport.unpark(caller);
    }
}
