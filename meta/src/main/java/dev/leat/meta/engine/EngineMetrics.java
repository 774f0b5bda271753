package dev.leat.meta.engine;

import dev.leat.sys.meter.LatencyHistogram;
import java.util.Map;

/**
 * What a metadata engine did since it was opened.
 *
 * @param calls for each kind of call that was made
 * @param applied commits that took effect
 * @param conflicts commits that changed nothing, since somebody else had changed what they were decided on: they are
 *     decided again
 * @param fenced commits that were refused, since the session is dead
 * @param feedEvents commits that the feed told of, this client's own among them
 */
public record EngineMetrics(Map<EngineCall, Call> calls, long applied, long conflicts, long fenced, long feedEvents) {
    /**
     * One kind of call.
     *
     * @param latency calls that have returned or failed, by how long they took
     * @param failures failed ones by what went wrong; what was {@link MetaException.Kind#UNAVAILABLE} is tried again
     */
    public record Call(LatencyHistogram.Snapshot latency, Map<MetaException.Kind, Long> failures) {}
}
