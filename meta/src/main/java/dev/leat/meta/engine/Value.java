package dev.leat.meta.engine;

/**
 * A value with the commit that wrote it.
 *
 * @param bytes the content; never to be changed
 * @param stamp the commit that wrote it last
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by stamp, never by equals.
public record Value(byte[] bytes, Stamp stamp) {}
