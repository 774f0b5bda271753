package dev.leat.store;

import java.util.List;
import java.util.Map;

/**
 * What a store did since it was opened.
 *
 * @param operations for each kind of request that was sent
 * @param inFlight requests that have no answer yet
 */
public record StoreMetrics(Map<StoreOperation, Operation> operations, long inFlight) {

    /**
     * Upper bounds of the latency buckets, in microseconds: from a local disk's 100 µs to the deadline of 30 s, three to a
     * decade; a last bucket takes what is longer.
     */
    public static final List<Long> BUCKETS_US = List.of(
            100L,
            200L,
            500L,
            1_000L,
            2_000L,
            5_000L,
            10_000L,
            20_000L,
            50_000L,
            100_000L,
            200_000L,
            500_000L,
            1_000_000L,
            2_000_000L,
            5_000_000L,
            10_000_000L,
            30_000_000L);

    /**
     * One kind of request.
     *
     * @param requests requests answered, well or not
     * @param bytes bytes of bodies of the successful ones, sent or received
     * @param totalNs sum of their latencies, in nanoseconds
     * @param buckets requests by latency: one count for each of {@link #BUCKETS_US}, not added up, and one for longer
     * @param failures failed ones by what went wrong; missing objects and conditions that did not hold are answers, too,
     *     and are told apart here
     */
    public record Operation(
            long requests, long bytes, long totalNs, List<Long> buckets, Map<StoreException.Kind, Long> failures) {}
}
