package dev.leat.store;

/**
 * A key that a batch delete could not delete.
 *
 * @param key the key
 * @param reason what the store said
 */
public record DeleteFailure(String key, String reason) {}
