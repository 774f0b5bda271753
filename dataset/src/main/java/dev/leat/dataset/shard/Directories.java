package dev.leat.dataset.shard;

import dev.leat.dataset.source.Source;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.util.Collection;

/** The directories of a source that are walked into. */
final class Directories {
    /** Deeper than people make them: such a tree leads in a circle. */
    private static final int DEPTH_MAX = 128;

    /** Where a directory that is used as a store keeps what it is still writing. */
    private static final String OF_STORE = ".leat-store";

    private Directories() {}

    /** Adds one, unless it holds no data. */
    static void add(Collection<String> to, String path, Source source) throws StoreException {
        if (path.chars().filter(c -> c == '/').count() >= DEPTH_MAX) {
            throw new StoreException(
                    Kind.INVALID,
                    source.location() + path + " lies more than " + DEPTH_MAX + " deep: the tree leads in a circle");
        }
        if (!path.equals(OF_STORE) && !path.endsWith("/" + OF_STORE)) {
            to.add(path);
        }
    }
}
