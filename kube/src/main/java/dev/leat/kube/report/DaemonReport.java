package dev.leat.kube.report;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a daemon in a pod tells of itself: sent as JSON by {@code POST} to {@link #PATH} when something changes and every
 * {@link #INTERVAL_SECONDS} at least. All amounts are totals since the daemon began, or as they are now; none is a difference. A
 * part that a daemon has nothing to say about is null.
 *
 * @param from who it is
 * @param problem why a read does not work, in one line; null if it works
 * @param cache what it caches
 * @param reads what it was read for
 * @param source what the sources hold
 * @param progress how far its operation is
 */
public record DaemonReport(
        Daemon from,
        @Nullable String problem,
        @Nullable CacheUse cache,
        @Nullable ReadCounts reads,
        @Nullable SourceSize source,
        @Nullable WorkProgress progress) {
    /** Where the operator takes reports. */
    public static final String PATH = "/v1/reports";

    /** A daemon that is silent for three of these is taken to be gone. */
    public static final int INTERVAL_SECONDS = 10;

    /**
     * Who reports.
     *
     * @param dataset name of the dataset, in the pod's namespace
     * @param component {@code worker}, {@code fuse} or {@code load}
     * @param pod the pod's name; the operator believes no other pod's word for it
     * @param node where it runs
     * @param operation name of the operation that a load belongs to
     */
    public record Daemon(
            String dataset,
            String component,
            String pod,
            @Nullable String node,
            @Nullable String operation) {}

    /**
     * A cache.
     *
     * @param cachedBytes bytes of files in it
     * @param capacityBytes its quota
     */
    public record CacheUse(long cachedBytes, long capacityBytes) {}

    /**
     * What programs read, and where it came from.
     *
     * @param readBytes all of it
     * @param localHitBytes of these, from this daemon's cache
     * @param remoteHitBytes of these, from other workers
     */
    public record ReadCounts(long readBytes, long localHitBytes, long remoteHitBytes) {}

    /**
     * What the sources hold.
     *
     * @param counting whether they are being listed right now
     * @param bytes in them, once they are counted
     * @param files in them, once they are counted
     */
    public record SourceSize(
            boolean counting,
            @Nullable Long bytes,
            @Nullable Long files) {}

    /**
     * How far a load is.
     *
     * @param bytesDone fetched or found in the cache
     * @param bytesTotal to do, once it is known
     * @param filesDone whole files among them
     * @param filesTotal to do, once it is known
     * @param filesFailed files that could not be fetched
     * @param bytesPerSecond over the last seconds
     * @param failures the first of the failed files, each with its reason
     */
    public record WorkProgress(
            long bytesDone,
            @Nullable Long bytesTotal,
            long filesDone,
            @Nullable Long filesTotal,
            long filesFailed,
            @Nullable Long bytesPerSecond,
            @Nullable List<String> failures) {}

    /** A report that says no more than whether a read works. */
    public static DaemonReport of(Daemon from, @Nullable String problem) {
        return new DaemonReport(from, problem, null, null, null, null);
    }

    /** The same with what is cached. */
    public DaemonReport withCache(CacheUse use) {
        return new DaemonReport(from, problem, use, reads, source, progress);
    }

    /** The same with what was read. */
    public DaemonReport withReads(ReadCounts counts) {
        return new DaemonReport(from, problem, cache, counts, source, progress);
    }

    /** The same with what the sources hold. */
    public DaemonReport withSource(SourceSize size) {
        return new DaemonReport(from, problem, cache, reads, size, progress);
    }

    /** The same with how far an operation is. */
    public DaemonReport withProgress(WorkProgress work) {
        return new DaemonReport(from, problem, cache, reads, source, work);
    }
}
