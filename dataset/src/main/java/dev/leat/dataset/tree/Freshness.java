package dev.leat.dataset.tree;

import java.time.Duration;

/**
 * How long what a source told is taken for true. Names, and the facts of files, are asked for again when they are older than
 * the time to live; with {@code atOpen} a file is looked at whenever it is opened besides.
 *
 * @param ttl how long answers are taken for true
 * @param atOpen whether each open asks for the version of the file
 * @param notified whether the source tells of changes, so that what it tells of is asked for again at once
 */
public record Freshness(Duration ttl, boolean atOpen, boolean notified) {
    /** Ten minutes: an epoch over a large tree asks for little twice. */
    public static final Freshness DEFAULT = new Freshness(Duration.ofMinutes(10), false);

    /** Of a source that tells nothing by itself. */
    public Freshness(Duration ttl, boolean atOpen) {
        this(ttl, atOpen, false);
    }

    @Override
    public String toString() {
        String time = "ttl=" + (ttl.toSeconds() > 0 ? ttl.toSeconds() + "s" : ttl.toMillis() + "ms");
        return (notified ? "notify," : "") + (atOpen ? "etag," : "") + time;
    }
}
