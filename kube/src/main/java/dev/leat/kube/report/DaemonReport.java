package dev.leat.kube.report;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a daemon in a pod tells of itself: sent as JSON by {@code POST} to {@link #PATH} when something changes and every
 * {@link #INTERVAL_SECONDS} at least. All amounts are totals since the daemon began, or as they are now; none is a difference.
 *
 * @param dataset name of the dataset, in the pod's namespace
 * @param component {@code worker}, {@code fuse} or {@code load}
 * @param pod the pod's name; the operator believes no other pod's word for it
 * @param node where it runs
 * @param operation name of the operation that a load belongs to
 * @param ready whether a read works
 * @param reason why it is not ready, in one line
 * @param cachedBytes in its cache
 * @param capacityBytes quota of its cache
 * @param readBytes bytes that programs read
 * @param localHitBytes of these, from this daemon's cache
 * @param remoteHitBytes of these, from other workers
 * @param counting whether the source is being listed right now
 * @param sourceBytes bytes in the source, once they are counted
 * @param sourceFiles files in the source, once they are counted
 * @param progress how far an operation is
 */
public record DaemonReport(
        String dataset,
        String component,
        String pod,
        @Nullable String node,
        @Nullable String operation,
        boolean ready,
        @Nullable String reason,
        @Nullable Long cachedBytes,
        @Nullable Long capacityBytes,
        @Nullable Long readBytes,
        @Nullable Long localHitBytes,
        @Nullable Long remoteHitBytes,
        boolean counting,
        @Nullable Long sourceBytes,
        @Nullable Long sourceFiles,
        @Nullable WorkProgress progress) {
    /** Where the operator takes reports. */
    public static final String PATH = "/v1/reports";

    /** A daemon that is silent for three of these is taken to be gone. */
    public static final int INTERVAL_SECONDS = 10;

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
}
