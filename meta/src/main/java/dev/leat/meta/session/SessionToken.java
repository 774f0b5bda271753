package dev.leat.meta.session;

/**
 * What a process has to know to go on with a session that another one, which is dead, has opened.
 *
 * @param number the session's number
 * @param id its 64 random bits
 * @param generation how many processes had it before: each counts stamps, blobs and inodes from a place of its own, at most {@link #GENERATIONS_MAX}
 */
public record SessionToken(int number, long id, int generation) {
    /** As many as the inode numbers of a session are divided among. */
    public static final int GENERATIONS_MAX = 127;

    /** Stamps and blobs of one generation, 10¹²: more than a process makes in its life, and all together fewer than a double counts exactly. */
    private static final int GENERATION_BITS = 40;

    /** The session for the next process. */
    public SessionToken next() {
        return new SessionToken(number, id, generation + 1);
    }

    /** The last number of stamps and blobs that no process of this generation has used. */
    public long base() {
        return (long) generation << GENERATION_BITS;
    }
}
