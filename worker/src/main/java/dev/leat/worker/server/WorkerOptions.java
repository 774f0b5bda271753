package dev.leat.worker.server;

import dev.leat.worker.wire.Token;
import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * How a worker serves.
 *
 * @param address where it listens; port 0 for a free one
 * @param token what clients must know
 * @param connectionsMax most clients at a time; each mount has up to 16 connections to a worker
 * @param stall longest time in which nothing moves on a connection that is being served
 * @param idle longest time between two requests on a connection
 * @param progress how often a client that waits for the source is told so
 */
public record WorkerOptions(
        InetSocketAddress address, Token token, int connectionsMax, Duration stall, Duration idle, Duration progress) {

    /** Most connections when nothing else is said: 64 mounts with all of theirs. */
    public static final int CONNECTIONS = 1024;

    /** The usual times: a client is given up after 30 s without a move, and 5 min without a request. */
    public static WorkerOptions of(InetSocketAddress address, Token token) {
        return new WorkerOptions(
                address, token, CONNECTIONS, Duration.ofSeconds(30), Duration.ofMinutes(5), Duration.ofMillis(500));
    }

    /** The same with another limit on connections. */
    public WorkerOptions withConnections(int most) {
        return new WorkerOptions(address, token, most, stall, idle, progress);
    }
}
