package dev.leat.meta.fsck;

import java.util.List;

/**
 * What a check found.
 *
 * @param problems at most {@link Fsck#PROBLEMS_MAX} of them
 * @param problemCount how many there are
 * @param files inodes that are no directories
 * @param directories directories
 * @param orphans inodes without names, to be reaped when nobody has them open
 * @param blobs blobs that files refer to
 * @param referencedBytes bytes of blobs that files refer to, each reference counted
 * @param objects objects of blobs in the store; 0 if the store was not looked at
 * @param repaired counts that were put right
 */
public record FsckReport(
        List<Problem> problems,
        long problemCount,
        long files,
        long directories,
        long orphans,
        long blobs,
        long referencedBytes,
        long objects,
        long repaired) {
    /** Copies the list. */
    public FsckReport {
        problems = List.copyOf(problems);
    }

    /** Whether nothing is wrong; garbage is not wrong. */
    public boolean clean() {
        return problems.stream().allMatch(problem -> problem.kind() == Problem.Kind.GARBAGE);
    }
}
