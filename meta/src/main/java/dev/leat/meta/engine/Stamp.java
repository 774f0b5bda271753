package dev.leat.meta.engine;

/**
 * Which commit last wrote a value. Never reused, also over delete and create, so an equal stamp means an unchanged value.
 *
 * @param session random 64-bit id of the session that committed
 * @param sequence the session's own count of commits
 */
public record Stamp(long session, long sequence) {}
