package dev.leat.worker.wire;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes channels on which nothing has moved for too long: blocking channels have no timeouts of their own. Whoever waits on
 * one gets an {@link java.nio.channels.AsynchronousCloseException}.
 */
public final class Stalls implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Stalls.class);

    /** How often it looks: a stall is noticed so much late. */
    private static final long LOOK_NANOS = Duration.ofMillis(100).toNanos();

    private final Set<Guard> guards = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** Starts looking, on a platform thread: connections may keep all carriers of virtual ones. */
    public Stalls(String name) {
        Thread.ofPlatform().daemon().name(name).start(this::look);
    }

    private void look() {
        while (!closed) {
            long now = System.nanoTime();
            for (Guard guard : guards) {
                if (now - guard.moved > guard.limitNanos) {
                    guard.stalled = true;
                    guard.cut();
                }
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    /** Guards one exchange on a channel until the guard is closed. */
    public Guard guard(SocketChannel channel, Duration limit) {
        Guard guard = new Guard(guards, channel, limit.toNanos());
        guards.add(guard);
        return guard;
    }

    @Override
    public void close() {
        closed = true;
    }

    /** One exchange. */
    public static final class Guard implements AutoCloseable {
        private final Set<Guard> all;
        private final SocketChannel channel;
        private final long limitNanos;
        private volatile long moved = System.nanoTime();
        private volatile boolean stalled;

        private Guard(Set<Guard> all, SocketChannel channel, long limitNanos) {
            this.all = all;
            this.channel = channel;
            this.limitNanos = limitNanos;
        }

        /** Something has moved. */
        public void touch() {
            moved = System.nanoTime();
        }

        /** Whether the channel was closed because nothing moved. */
        public boolean stalled() {
            return stalled;
        }

        private void cut() {
            try {
                channel.close();
            } catch (IOException e) {
                log.debug("closing a stalled connection: {}", e.getMessage());
            }
        }

        @Override
        public void close() {
            all.remove(this);
        }
    }
}
