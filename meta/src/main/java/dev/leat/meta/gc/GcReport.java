package dev.leat.meta.gc;

/**
 * What garbage collection found and did. With a dry run the numbers say what it would have done.
 *
 * @param pages pages of extents that no file used any more
 * @param doomed blobs to which nothing refers any more, found in this run
 * @param deletedBlobs doomed blobs whose objects were deleted
 * @param deletedBytes their size
 * @param strayObjects objects that were never referred to, deleted
 * @param strayBytes their size
 * @param uploads uploads given up by their session, aborted
 * @param foreign objects whose names are not Leat's; never touched
 * @param waiting doomed blobs that must stay until every client has heard of it
 * @param failures objects that the store would not delete; each is logged, and tried again next time
 */
public record GcReport(
        long pages,
        long doomed,
        long deletedBlobs,
        long deletedBytes,
        long strayObjects,
        long strayBytes,
        long uploads,
        long foreign,
        long waiting,
        long failures) {}
