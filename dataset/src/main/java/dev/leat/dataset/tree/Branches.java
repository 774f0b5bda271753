package dev.leat.dataset.tree;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The branches of a tree at one moment, and the directories on the way to them. Where one is shown below another, what the
 * other one has at that path is covered, as it is by a mount.
 */
final class Branches {
    static final Branches NONE = new Branches(List.of());

    private final Map<String, Branch> byPath = new HashMap<>();

    /** By directory: the names in it that lead to a branch. */
    private final Map<String, SortedSet<String>> ways = new HashMap<>();

    /** How deep the deepest directory lies that has such a name; -1 if there is none. */
    private final int waysDepth;

    private Branches(Collection<Branch> all) {
        int deepest = -1;
        for (Branch branch : all) {
            byPath.put(branch.path(), branch);
            String path = branch.path();
            deepest = Math.max(deepest, path.isEmpty() ? -1 : path.split("/").length - 1);
            while (!path.isEmpty()) {
                String parent = parent(path);
                ways.computeIfAbsent(parent, _ -> new TreeSet<>()).add(path.substring(path.lastIndexOf('/') + 1));
                path = parent;
            }
        }
        waysDepth = deepest;
    }

    private static String parent(String path) {
        return path.substring(0, Math.max(0, path.lastIndexOf('/')));
    }

    /**
     * These and one more.
     *
     * @throws IllegalArgumentException if there is one at its path
     */
    Branches with(Branch branch) {
        Branch there = byPath.get(branch.path());
        if (there != null) {
            throw new IllegalArgumentException(there.name() + " is at /" + branch.path() + " already");
        }
        Map<String, Branch> all = new HashMap<>(byPath);
        all.put(branch.path(), branch);
        return new Branches(all.values());
    }

    /** These without one. */
    Branches without(Branch branch) {
        Map<String, Branch> all = new HashMap<>(byPath);
        all.remove(branch.path(), branch);
        return new Branches(all.values());
    }

    Collection<Branch> all() {
        return byPath.values();
    }

    /** Names of a directory that lead to branches; to be asked of each directory, so that of most nothing is looked for. */
    Collection<String> names(Node directory) {
        return waysDepth < 0 || directory.depth() > waysDepth ? List.of() : names(directory.path());
    }

    /** The branch that a name in a directory belongs to. */
    @Nullable
    Branch of(Node directory, String name) {
        if (waysDepth < 0 || directory.depth() > waysDepth) {
            return directory.branch();
        }
        String path = directory.path();
        return of(path.isEmpty() ? name : path + "/" + name);
    }

    /** The names in a directory that lead to branches; empty if there are none. */
    Collection<String> names(String directory) {
        SortedSet<String> names = ways.get(directory);
        return names == null ? List.of() : names;
    }

    /** Whether a path is that of a branch, or leads to one. */
    boolean leads(String path) {
        return byPath.containsKey(path) || ways.containsKey(path);
    }

    /** The branch that a path belongs to: the deepest one at or above it; null if there is none. */
    @Nullable
    Branch of(String path) {
        String at = path;
        while (true) {
            Branch branch = byPath.get(at);
            if (branch != null || at.isEmpty()) {
                return branch;
            }
            at = parent(at);
        }
    }
}
