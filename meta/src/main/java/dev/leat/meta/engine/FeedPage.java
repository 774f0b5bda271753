package dev.leat.meta.engine;

import java.util.List;

/**
 * What was committed since a position.
 *
 * @param events in commit order
 * @param next where to go on
 * @param reset whether events were lost before this page (the feed was trimmed): forget everything cached
 */
public record FeedPage(List<Event> events, Position next, boolean reset) {

    /**
     * One commit that took effect; one that wrote nothing but sessions, heartbeats and slots has no event.
     *
     * @param stamp the commit's stamp; its session tells a client its own commits
     * @param keys the keys it wrote, without those of partition {@code S} (sessions, heartbeats and slots); never empty
     */
    public record Event(Stamp stamp, List<Key> keys) {}

    /**
     * A place in the feed, meaningful to its engine only.
     *
     * @param token the engine's own spelling
     */
    public record Position(String token) {}
}
