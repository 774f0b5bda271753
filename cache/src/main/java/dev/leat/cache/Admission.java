package dev.leat.cache;

/**
 * For whom bytes are kept, and so what may give way to them.
 *
 * @param ahead they were fetched before anybody asked; wasted if evicted unread
 * @param displaces also units that are not stale may go, if unused since {@code since}
 * @param since a tick of {@link CacheClock}
 */
record Admission(boolean ahead, boolean displaces, int since) {
    /** Bytes that were read or have just been written: only what is stale gives way. */
    static final Admission DEMAND = new Admission(false, false, 0);

    /** Bytes fetched ahead of a reader. */
    static final Admission PREFETCH = new Admission(true, false, 0);

    /** A warm-up, which somebody asked for in so many words: everything older than itself gives way, but not its own. */
    static Admission warm(int since) {
        return new Admission(false, true, since);
    }

    /** Whether a unit last used at {@code touched} may go for these bytes. */
    boolean displaces(int touched) {
        return displaces && since - touched > 0;
    }
}
