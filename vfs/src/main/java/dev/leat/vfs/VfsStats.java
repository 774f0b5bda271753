package dev.leat.vfs;

/**
 * What is open on a mount.
 *
 * @param files open file handles
 * @param directories open directory handles
 * @param inodes files that are open or hold unpublished bytes
 * @param unpublishedBytes bytes written and not yet published
 */
public record VfsStats(int files, int directories, int inodes, long unpublishedBytes) {}
