package dev.leat.vfs;

/**
 * A file that was made for bytes which had been acknowledged and could not go where they were written to, because others had changed or removed
 * that file meanwhile.
 *
 * @param directory inode of the directory that it is in
 * @param name its name
 */
public record KeptAside(long directory, String name) {}
