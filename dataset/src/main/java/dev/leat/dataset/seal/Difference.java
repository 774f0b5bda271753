package dev.leat.dataset.seal;

import dev.leat.dataset.manifest.ManifestEntry;
import dev.leat.dataset.manifest.ManifestReader;
import dev.leat.store.Keys;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What differs between two sealed trees. Both are read once, side by side. */
public final class Difference {
    private Difference() {}

    /** In what way a path differs. */
    public enum Change {
        /** Only the second tree has it. */
        ADDED,
        /** Only the first tree has it. */
        REMOVED,
        /** Both have it, and it is not the same. */
        CHANGED
    }

    /** Hears of each path that differs, in order. */
    public interface Taker {
        /**
         * Hears of one.
         *
         * @param before in the first tree; null if it was added
         * @param after in the second tree; null if it was removed
         */
        void take(Change change, @Nullable ManifestEntry before, @Nullable ManifestEntry after) throws IOException;
    }

    /** How many names, and how many bytes of files: of what was added or changed those of the second tree. */
    public record Tally(long files, long others, long bytes) {
        private static final Tally NONE = new Tally(0, 0, 0);

        private Tally plus(ManifestEntry entry) {
            return entry.isFile()
                    ? new Tally(files + 1, others, bytes + entry.sizeBytes())
                    : new Tally(files, others + 1, bytes);
        }
    }

    /** Compares; both manifests have been read to their ends afterwards. */
    public static Map<Change, Tally> run(ManifestReader first, ManifestReader second, Taker taker) throws IOException {
        Map<Change, Tally> tallies = new EnumMap<>(Change.class);
        for (Change change : Change.values()) {
            tallies.put(change, Tally.NONE);
        }
        ManifestEntry before = first.next();
        ManifestEntry after = second.next();
        while (before != null || after != null) {
            int order = before == null ? 1 : after == null ? -1 : Keys.ORDER.compare(before.path(), after.path());
            ManifestEntry old = order <= 0 ? before : null;
            ManifestEntry now = order >= 0 ? after : null;
            if (old == null || now == null || !isSame(old, now)) {
                Change change = old == null ? Change.ADDED : now == null ? Change.REMOVED : Change.CHANGED;
                ManifestEntry counted = Objects.requireNonNull(now == null ? old : now);
                tallies.computeIfPresent(change, (_, tally) -> tally.plus(counted));
                taker.take(change, old, now);
            }
            before = order <= 0 ? first.next() : before;
            after = order >= 0 ? second.next() : after;
        }
        return tallies;
    }

    /** Whether two entries of one path are the same as far as a tree's identity goes; files by their digests, if both have one. */
    static boolean isSame(ManifestEntry a, ManifestEntry b) {
        boolean proven = a.content() != null && b.content() != null;
        return a.kind() == b.kind()
                && a.mode() == b.mode()
                && a.sizeBytes() == b.sizeBytes()
                && Objects.equals(a.target(), b.target())
                && (proven ? Objects.equals(a.content(), b.content()) : Objects.equals(a.validator(), b.validator()));
    }
}
