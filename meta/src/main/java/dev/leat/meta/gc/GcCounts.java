package dev.leat.meta.gc;

/** The numbers of a {@link GcReport} while they grow. Used by one thread. */
final class GcCounts {
    long pages;
    long doomed;
    long deletedBlobs;
    long deletedBytes;
    long strayObjects;
    long strayBytes;
    long uploads;
    long foreign;
    long waiting;
    long failures;

    GcReport report() {
        return new GcReport(
                pages,
                doomed,
                deletedBlobs,
                deletedBytes,
                strayObjects,
                strayBytes,
                uploads,
                foreign,
                waiting,
                failures);
    }
}
