package dev.leat.worker.client;

import java.util.Map;

/**
 * What a mount knows of one worker.
 *
 * @param member its name, {@code HOST:PORT}
 * @param asked whether it is asked at present, rather than left alone after a failure
 * @param trouble what went wrong last; empty if nothing has since it last served
 * @param outcomes reads that it owns so far, by what became of them
 * @param servedBytes bytes that it gave
 */
public record PeerSnapshot(
        String member, boolean asked, String trouble, Map<Outcome, Long> outcomes, long servedBytes) {}
