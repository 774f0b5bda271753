package dev.leat.dataset.tree;

import java.time.Duration;

/**
 * How long what a source told is taken for true. Names, and the facts of files, are asked for again when they are older than
 * the time to live; with {@code atOpen} a file is looked at whenever it is opened besides.
 *
 * @param ttl how long answers are taken for true
 * @param atOpen whether each open asks for the version of the file
 */
public record Freshness(Duration ttl, boolean atOpen) {
    /** Ten minutes: an epoch over a large tree asks for little twice. */
    public static final Freshness DEFAULT = new Freshness(Duration.ofMinutes(10), false);

    @Override
    public String toString() {
        String time = "ttl=" + (ttl.toSeconds() > 0 ? ttl.toSeconds() + "s" : ttl.toMillis() + "ms");
        return atOpen ? "etag," + time : time;
    }
}
