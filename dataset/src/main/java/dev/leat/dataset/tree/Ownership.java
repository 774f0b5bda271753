package dev.leat.dataset.tree;

/**
 * What files of a source without owners are shown as.
 *
 * @param uid owner
 * @param gid group
 * @param fileMode permissions of files
 * @param directoryMode permissions of directories
 */
public record Ownership(int uid, int gid, int fileMode, int directoryMode) {}
