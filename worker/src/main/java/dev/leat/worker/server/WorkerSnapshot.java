package dev.leat.worker.server;

import dev.leat.worker.wire.Status;
import java.util.Map;

/**
 * The counters of a worker at one moment.
 *
 * @param connections clients' connections now
 * @param requestsInFlight requests being answered now
 * @param accepted connections accepted so far
 * @param answers answers so far, by status; PROGRESS among them, which is not the last one to its request
 * @param servedBytes bytes sent with OK
 * @param broken connections that ended in the middle of something, or were ended since what came made no sense
 */
public record WorkerSnapshot(
        int connections,
        int requestsInFlight,
        long accepted,
        Map<Status, Long> answers,
        long servedBytes,
        long broken) {}
