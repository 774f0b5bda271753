package dev.leat.store.file;

import dev.leat.store.Keys;
import dev.leat.store.ListPage;
import dev.leat.store.ObjectInfo;
import dev.leat.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists a tree in the order of its keys, a page at a time, reading only the directories that the page touches.
 *
 * <p>Key order is not the order of names: the directory {@code a} stands for keys that begin with {@code a/}, so it comes
 * after the file {@code a-b}. Names are taken in order, and a directory waits in a queue until the names before
 * {@code a/} are through. Thus only entries of the page itself are asked for their type.
 *
 * <p>Links to files are objects, links to directories are followed unless they lead to a directory above; whatever is
 * neither file nor directory is left out.
 */
final class Listing {
    private static final Logger LOG = LoggerFactory.getLogger(Listing.class);

    private final Root root;
    private final DirectoryNames names = new DirectoryNames();

    Listing(Root root) {
        this.root = root;
    }

    /** One page, as {@link dev.leat.store.ObjectStore#list} describes it. */
    ListPage page(String prefix, boolean folded, @Nullable String after, int limit) throws IOException {
        int slash = prefix.lastIndexOf('/');
        String above = prefix.substring(0, slash + 1);
        Page page = new Page(folded, after == null ? "" : after, limit);
        Path directory = directory(above);
        if (directory != null) {
            page.walk(directory, above, prefix.substring(slash + 1));
        }
        return new ListPage(List.copyOf(page.objects), List.copyOf(page.prefixes), page.full);
    }

    /** The directory of keys that start with {@code above}, which is empty or ends in a slash; null if it has none. */
    private @Nullable Path directory(String above) {
        if (above.isEmpty()) {
            return root.path();
        }
        try {
            Path path = root.resolve(above.substring(0, above.length() - 1));
            return Files.isDirectory(path) ? path : null;
        } catch (StoreException e) {
            return null; // no key starts so
        }
    }

    /** A directory whose turn comes when the names before its slash are through. */
    private record Waiting(String name, Path path) {
        static final Comparator<Waiting> BY_KEY = Comparator.comparing(waiting -> waiting.name + "/", Keys.ORDER);
    }

    private final class Page {
        private final boolean folded;
        private final String after;
        private final int limit;
        private final List<ObjectInfo> objects = new ArrayList<>();
        private final List<String> prefixes = new ArrayList<>();
        private boolean full;

        Page(boolean folded, String after, int limit) {
            this.folded = folded;
            this.after = after;
            this.limit = limit;
        }

        /**
         * Adds the keys below a directory.
         *
         * @param above the directory's key with a slash, or empty for the root
         * @param start what names in it start with
         */
        void walk(Path directory, String above, String start) throws IOException {
            if (!after.startsWith(above) && Keys.ORDER.compare(after, above) > 0) {
                return;
            }
            String rest = after.startsWith(above) ? after.substring(above.length()) : "";
            int slash = rest.indexOf('/');
            String reached = slash < 0 ? rest : rest.substring(0, slash);
            List<String> sorted = names.read(directory);
            PriorityQueue<Waiting> waiting = new PriorityQueue<>(Waiting.BY_KEY);
            // Shorter names sort before, but as directories their keys may sort behind: "a" is before "a-b" before
            // "a/".
            for (int length = Math.max(start.length(), 1); length < reached.length(); length++) {
                String shorter = reached.substring(0, length);
                if (shorter.startsWith(start) && Collections.binarySearch(sorted, shorter, Keys.ORDER) >= 0) {
                    take(directory, above, shorter, waiting);
                }
            }
            String first = Keys.ORDER.compare(start, reached) > 0 ? start : reached;
            int found = Collections.binarySearch(sorted, first, Keys.ORDER);
            for (int i = found < 0 ? -found - 1 : found; i < sorted.size() && !full; i++) {
                if (!sorted.get(i).startsWith(start)) {
                    break;
                }
                descend(above, sorted.get(i), waiting);
                if (!full) {
                    take(directory, above, sorted.get(i), waiting);
                }
            }
            descend(above, null, waiting);
        }

        /** Looks at one name: adds an object, lets a directory wait. */
        private void take(Path directory, String above, String name, PriorityQueue<Waiting> waiting)
                throws IOException {
            String key = above + name;
            if (name.equals(Root.HIDDEN)) {
                return;
            }
            Path path = directory.resolve(name);
            try {
                Stat stat = Stat.of(path);
                if (stat.isDirectory()) {
                    waiting.add(new Waiting(name, path));
                } else if (stat.isObject() && Keys.ORDER.compare(key, after) > 0 && isKey(key) && hasRoom()) {
                    objects.add(stat.info(key));
                }
            } catch (NoSuchFileException e) {
                LOG.debug("gone or a link to nowhere: {}", path);
            }
        }

        /** Goes into the directories whose keys come before {@code next}, or all. */
        private void descend(String above, @Nullable String next, PriorityQueue<Waiting> waiting) throws IOException {
            while (!full) {
                Waiting first = waiting.peek();
                if (first == null || (next != null && Keys.ORDER.compare(first.name + "/", next) > 0)) {
                    return;
                }
                waiting.remove();
                String key = above + first.name + "/";
                if (!leadsUp(first.path)) {
                    if (!folded) {
                        walk(first.path, key, "");
                    } else if (Keys.ORDER.compare(key, after) > 0 && hasObject(first.path) && hasRoom()) {
                        prefixes.add(key);
                    }
                }
            }
        }

        private boolean hasRoom() {
            full = objects.size() + prefixes.size() == limit;
            return !full;
        }
    }

    private static boolean isKey(String key) {
        try {
            Keys.check(key);
            return true;
        } catch (StoreException e) {
            LOG.warn("left out of the listing: {}", e.getMessage());
            return false;
        }
    }

    /** Whether a link leads to a directory that it lies in, directly or by way of other links. */
    private boolean leadsUp(Path path) throws IOException {
        if (!Files.isSymbolicLink(path)) {
            return false;
        }
        Path real = path.toRealPath();
        for (Path at = path.getParent(); at != null && at.startsWith(root.path()); at = at.getParent()) {
            if (at.toRealPath().equals(real)) {
                LOG.warn("not followed, since it leads to a directory above itself: {}", path);
                return true;
            }
        }
        return false;
    }

    /** Whether there is an object at any depth: directories without one do not exist for a store. */
    private boolean hasObject(Path directory) throws IOException {
        List<Path> deeper = new ArrayList<>();
        for (String name : names.read(directory)) {
            if (name.equals(Root.HIDDEN)) {
                continue;
            }
            Path path = directory.resolve(name);
            try {
                Stat stat = Stat.of(path);
                if (stat.isObject()) {
                    return true;
                } else if (stat.isDirectory() && !leadsUp(path)) {
                    deeper.add(path);
                }
            } catch (NoSuchFileException e) {
                LOG.debug("gone or a link to nowhere: {}", path);
            }
        }
        for (Path path : deeper) {
            if (hasObject(path)) {
                return true;
            }
        }
        return false;
    }
}
