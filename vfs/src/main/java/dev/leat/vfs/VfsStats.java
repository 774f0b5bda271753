package dev.leat.vfs;

import java.util.List;
import java.util.Map;

/**
 * What is open on a mount.
 *
 * @param files open file handles
 * @param directories open directory handles
 * @param inodes files that are open or hold unpublished bytes
 * @param unpublishedFiles files that hold bytes which no record refers to
 * @param unpublishedBytes bytes written and not yet published
 * @param unpublishedNanos for how long the oldest of them has been waiting, in nanoseconds; 0 if there is none
 * @param published what was published so far
 * @param opens files opened so far, by how they are read
 * @param aside files that this mount made for bytes which others' changes left no place for
 */
public record VfsStats(
        int files,
        int directories,
        int inodes,
        int unpublishedFiles,
        long unpublishedBytes,
        long unpublishedNanos,
        PublishStats published,
        Map<OpenPath, Long> opens,
        List<KeptAside> aside) {}
