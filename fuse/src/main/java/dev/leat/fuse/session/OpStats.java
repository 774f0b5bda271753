package dev.leat.fuse.session;

import dev.leat.sys.meter.LatencyHistogram;

/**
 * Totals of one kind of request since the session began.
 *
 * @param name the protocol's name, e.g. LOOKUP
 * @param errors those answered with an error number
 * @param bytes of data that were read or written; 0 for other kinds
 * @param latency answered requests by the time from reading to answering
 */
public record OpStats(String name, long errors, long bytes, LatencyHistogram.Snapshot latency) {
    /** Answered requests. */
    public long count() {
        return latency.count();
    }

    /** Sum of the times from reading to answering. */
    public long nanos() {
        return latency.totalNanos();
    }
}
