package dev.leat.dataset.manifest;

import dev.leat.dataset.source.Names;
import dev.leat.store.Keys;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Follows a stream of paths in the order of their bytes and finds the directory that each lies in. That order puts a directory
 * before all that lies in it, but others between: {@code a}, {@code a!}, {@code a/b}. The directories that can still be added
 * to are those whose paths the current one begins with, so a stack of them is enough, however large the tree is.
 */
public final class Ancestors {
    /** Deeper there is nothing but a source that leads in a circle. */
    public static final int DEPTH_MAX = 128;

    /** Longest path, in bytes of UTF-8: the kernel's own limit on what a program can say is 4,096. */
    public static final int PATH_BYTES_MAX = DEPTH_MAX * (Names.NAME_BYTES_MAX + 1);

    private record Directory(String path, int number) {}

    private final List<Directory> stack = new ArrayList<>();
    private @Nullable String last;

    /**
     * Takes the next path.
     *
     * @param number what the path is called if it is a directory
     * @return the number of the directory that it lies in; -1 of the root
     * @throws ManifestException if it cannot stand here: out of order, no path, or in nothing
     */
    public int next(String path, boolean directory, int number) throws ManifestException {
        String before = last;
        if (before == null ? !path.isEmpty() || !directory : Keys.ORDER.compare(before, path) >= 0) {
            throw new ManifestException(
                    before == null
                            ? "its first entry is not the root"
                            : "'" + path + "' follows '" + before + "', which is not the order of their bytes");
        }
        last = path;
        int parent = before == null ? -1 : parentOf(path);
        if (directory) {
            stack.add(new Directory(path, number));
        }
        return parent;
    }

    private int parentOf(String path) throws ManifestException {
        while (!path.startsWith(stack.getLast().path)) {
            stack.removeLast();
        }
        int slash = path.lastIndexOf('/');
        int length = Math.max(slash, 0);
        if (!Names.isShown(path.substring(slash + 1))) {
            throw new ManifestException("'" + path + "' is no path");
        }
        for (int i = stack.size() - 1; i >= 0; i--) {
            String above = stack.get(i).path;
            if (above.length() == length) {
                return stack.get(i).number;
            }
            if (above.length() < length) {
                break;
            }
        }
        throw new ManifestException("'" + path + "' lies in no directory");
    }
}
