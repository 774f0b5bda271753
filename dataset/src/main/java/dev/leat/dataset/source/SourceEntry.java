package dev.leat.dataset.source;

/**
 * One name in a directory of a source.
 *
 * @param name as the source has it, without slashes
 * @param facts what the listing tells of it
 */
public record SourceEntry(String name, Facts facts) {}
