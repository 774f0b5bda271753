package dev.leat.worker.client;

import dev.leat.worker.wire.Token;
import java.time.Duration;

/**
 * How a mount asks workers.
 *
 * @param token what they must know, too
 * @param connectionsMax most connections to one worker
 * @param connect longest wait for a connection
 * @param stall longest time without a sign from a worker that owes an answer; then it counts as dead
 * @param pauseMin how long a worker is not asked after a first failure; each further one doubles it
 * @param pauseMax the longest such pause
 */
public record PeerOptions(
        Token token, int connectionsMax, Duration connect, Duration stall, Duration pauseMin, Duration pauseMax) {

    /**
     * The usual limits: 16 connections keep 10 Gbit/s busy with blocks of 4 MiB; a worker tells twice a second that it is still
     * at work, so 3 s of silence are long.
     */
    public static PeerOptions of(Token token) {
        return new PeerOptions(
                token, 16, Duration.ofSeconds(1), Duration.ofSeconds(3), Duration.ofSeconds(1), Duration.ofSeconds(30));
    }

    /** The same with another patience. */
    public PeerOptions withStall(Duration limit) {
        return new PeerOptions(token, connectionsMax, connect, limit, pauseMin, pauseMax);
    }

    /** The same with other pauses. */
    public PeerOptions withPauses(Duration least, Duration most) {
        return new PeerOptions(token, connectionsMax, connect, stall, least, most);
    }
}
