package dev.leat.store.file;

import dev.leat.store.Keys;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads directories sorted by name, and keeps the largest ones between the pages of a listing: reading a million names takes
 * about a second, and a listing of them has a thousand pages.
 *
 * <p>A kept directory is used only if it did not change since: same inode, same modification time, and that time was two
 * seconds past when the names were read. A younger time could hide a change in the same tick of the file system's clock.
 */
final class DirectoryNames {
    private static final Logger LOG = LoggerFactory.getLogger(DirectoryNames.class);

    /** Smaller directories are read in about a millisecond. */
    private static final int KEPT_NAMES_MIN = 1000;

    /** All names that are kept, of some 60 bytes each. */
    private static final int KEPT_NAMES_MAX = 1_500_000;

    private static final long SETTLED_NS = TimeUnit.SECONDS.toNanos(2);

    private final ReentrantLock lock = new ReentrantLock();

    // Guarded by lock, in order of use.
    private final LinkedHashMap<Path, Kept> kept = new LinkedHashMap<>(16, 0.75f, true);
    private long keptNames;

    private record Kept(Stat stat, List<String> names) {}

    /** The names in a directory in key order; none if it is gone. */
    List<String> read(Path directory) throws IOException {
        try {
            Stat before = Stat.of(directory);
            List<String> known = known(directory, before);
            if (known != null) {
                return known;
            }
            long nowNs = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
            List<String> names = names(directory);
            names.sort(Keys.ORDER);
            boolean settled = Math.abs(nowNs - before.modifiedNs()) > SETTLED_NS;
            if (names.size() >= KEPT_NAMES_MIN && settled && isSame(before, Stat.of(directory))) {
                keep(directory, new Kept(before, names));
            }
            return names;
        } catch (NoSuchFileException | NotDirectoryException e) {
            LOG.debug("gone while it was listed: {}", directory);
            return List.of();
        }
    }

    private static List<String> names(Path directory) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                String name = String.valueOf(entry.getFileName());
                if (name.indexOf('\uFFFD') < 0 || Files.exists(directory.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
                    names.add(name);
                } else {
                    LOG.warn("left out, since its name is not in UTF-8: {}", entry);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return names;
    }

    private @Nullable List<String> known(Path directory, Stat now) {
        lock.lock();
        try {
            Kept at = kept.get(directory);
            if (at == null || isSame(at.stat, now)) {
                return at == null ? null : at.names;
            }
            kept.remove(directory);
            keptNames -= at.names.size();
            return null;
        } finally {
            lock.unlock();
        }
    }

    private void keep(Path directory, Kept read) {
        lock.lock();
        try {
            Kept old = kept.put(directory, read);
            keptNames += read.names.size() - (old == null ? 0 : old.names.size());
            var eldest = kept.entrySet().iterator();
            while (keptNames > KEPT_NAMES_MAX && eldest.hasNext()) {
                keptNames -= eldest.next().getValue().names.size();
                eldest.remove();
            }
        } finally {
            lock.unlock();
        }
    }

    private static boolean isSame(Stat one, Stat other) {
        return one.inode() == other.inode() && one.modifiedNs() == other.modifiedNs();
    }
}
