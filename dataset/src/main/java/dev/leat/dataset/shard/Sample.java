package dev.leat.dataset.shard;

import dev.leat.dataset.source.Facts;
import java.util.List;

/**
 * Files that belong together: they have one path up to the first dot in the last name.
 *
 * @param key that path, or the whole path of a file without a dot
 * @param members the files, by the bytes of their names
 */
record Sample(String key, List<Member> members) {
    /**
     * A file.
     *
     * @param path from the source's root
     * @param facts confirmed: length and version
     */
    record Member(String path, Facts facts) {
        /** What stands behind the key: {@code jpg} of {@code a/1.jpg}; empty if there is no dot. */
        String extension() {
            int dot = dot(path);
            return dot < 0 ? "" : path.substring(dot + 1);
        }
    }

    /** The key of a path. */
    static String keyOf(String path) {
        int dot = dot(path);
        return dot < 0 ? path : path.substring(0, dot);
    }

    /** Where the first dot of the last name is; not one that the name begins with, as those hide a file. Negative if none. */
    private static int dot(String path) {
        return path.indexOf('.', path.lastIndexOf('/') + 2);
    }

    /** Whether WebDataset's loader finds the file: it passes over names without an extension, and hidden ones. */
    static boolean isSeenByLoaders(String path) {
        return dot(path) >= 0 && path.charAt(path.lastIndexOf('/') + 1) != '.';
    }
}
