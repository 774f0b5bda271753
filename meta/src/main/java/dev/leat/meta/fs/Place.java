package dev.leat.meta.fs;

/**
 * Where a name is.
 *
 * @param parent the directory
 * @param name the name in it
 */
public record Place(long parent, Name name) {}
