package dev.leat.store;

/**
 * An upload that was begun and not ended.
 *
 * @param key the key it would become
 * @param id the store's name for it
 */
public record PendingUpload(String key, String id) {}
