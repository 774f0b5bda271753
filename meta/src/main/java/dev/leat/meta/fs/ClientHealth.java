package dev.leat.meta.fs;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a client stands with the others of its volume.
 *
 * @param lease its session; null for a client that changes nothing and has none
 * @param feedFresh whether it hears of what the others change
 * @param feedSilence how long ago the feed was last heard of
 */
public record ClientHealth(@Nullable Lease lease, boolean feedFresh, Duration feedSilence) {
    /**
     * A session.
     *
     * @param alive whether it can still change anything
     * @param length silence after which the others declare it dead
     * @param silence how long ago the last heartbeat that arrived was sent
     */
    public record Lease(boolean alive, Duration length, Duration silence) {}
}
