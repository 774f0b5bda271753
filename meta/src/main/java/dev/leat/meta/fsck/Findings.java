package dev.leat.meta.fsck;

import java.util.LinkedHashMap;
import java.util.Map;

/** Problems and totals of one pass. Used by one thread. */
final class Findings {
    final Map<String, Problem> problems = new LinkedHashMap<>();
    long problemCount;
    long files;
    long directories;
    long orphans;
    long blobs;
    long referencedBytes;
    long objects;

    void add(Problem problem) {
        if (problems.containsKey(problem.identity())) {
            return;
        }
        problemCount++;
        if (problems.size() < Fsck.PROBLEMS_MAX) {
            problems.put(problem.identity(), problem);
        }
    }
}
