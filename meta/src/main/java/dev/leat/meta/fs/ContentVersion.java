package dev.leat.meta.fs;

/**
 * Which content a regular file has: who changed it last, and how often it was changed. Equal ones mean that nobody has written to the file or cut it; its mode, its names and the places where its bytes lie
 * (compaction moves them) may be others, which a {@link dev.leat.meta.engine.Stamp} would tell.
 *
 * @param session id of the session that made the last change, 0 for none since the file was made
 * @param number changes so far
 */
public record ContentVersion(long session, long number) {
    /** That of a new file. */
    public static final ContentVersion NEW = new ContentVersion(0, 0);

    /** After one more change. */
    public ContentVersion next(long by) {
        return new ContentVersion(by, number + 1);
    }
}
