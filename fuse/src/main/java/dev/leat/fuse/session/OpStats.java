package dev.leat.fuse.session;

/**
 * Totals of one kind of request since the session began.
 *
 * @param name the protocol's name, e.g. LOOKUP
 * @param count answered requests
 * @param errors those answered with an error number
 * @param nanos sum of the times from reading to answering
 */
public record OpStats(String name, long count, long errors, long nanos) {}
