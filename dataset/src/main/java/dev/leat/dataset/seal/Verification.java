package dev.leat.dataset.seal;

import dev.leat.dataset.manifest.EntrySorter;
import dev.leat.dataset.manifest.ManifestEntry;
import dev.leat.dataset.manifest.ManifestReader;
import dev.leat.dataset.manifest.Sha256;
import dev.leat.dataset.source.Source;
import dev.leat.store.Keys;
import dev.leat.store.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Compares a sealed tree with what lies in its source now: names, lengths and validators by listing it, and the bytes of all
 * files or of some by reading them.
 */
public final class Verification {
    private static final long SORT_BYTES = 24L << 20;

    private final Source source;
    private final Path work;
    private final Taker taker;
    private final Map<State, Long> counts = new EnumMap<>(State.class);

    /** What is wrong with a path. */
    public enum State {
        /** It is not there. */
        MISSING,
        /** It is another version, or something else. */
        CHANGED,
        /** It seems to be the same version, and its bytes are others, or cannot be read. */
        DAMAGED,
        /** It was not there when the tree was sealed, which harms nobody. */
        ADDED
    }

    /** Hears of each path that is not as it was, but of added ones. */
    public interface Taker {
        /** Hears of one; {@code why} is part of a line. */
        void take(State state, String path, String why);
    }

    /**
     * How many files to read.
     *
     * @param all every one
     * @param sample so many of them, chosen by chance; 0 for none
     * @param total files in the manifest
     * @param seed of the choice
     */
    public record Reading(boolean all, long sample, long total, long seed) {}

    /**
     * What came of it.
     *
     * @param files files in the manifest
     * @param read files whose bytes were read
     * @param counts paths that are not as they were
     */
    public record Result(long files, long read, Map<State, Long> counts) {
        /** Whether everything that was sealed is there. */
        public boolean isClean() {
            return counts.entrySet().stream().allMatch(count -> count.getKey() == State.ADDED || count.getValue() == 0);
        }
    }

    /** Of a source; {@code work} is a folder for files that are needed meanwhile. */
    public Verification(Source source, Path work, Taker taker) {
        this.source = source;
        this.work = work;
        this.taker = taker;
        for (State state : State.values()) {
            counts.put(state, 0L);
        }
    }

    /** Compares with a manifest, which has been read to its end afterwards. */
    public Result run(ManifestReader sealed, Reading reading, Sealing.Watcher watcher) throws IOException {
        long[] read = new long[2];
        try (EntrySorter there = new EntrySorter(work, SORT_BYTES)) {
            long[] listed = new long[2];
            Advance names = watcher.listing();
            new Walk(source, there, (files, bytes) -> {
                        synchronized (listed) {
                            listed[0] += files;
                            listed[1] += bytes;
                        }
                        names.add(files, bytes);
                    })
                    .run();
            Advance advance = reading.all()
                    ? watcher.reading(listed[0], listed[1])
                    : reading.sample() > 0 ? watcher.reading(reading.sample(), 0) : (_, _) -> {};
            try (FileDigests digests = new FileDigests(source, advance, this::check)) {
                Choice choice = new Choice(reading);
                ManifestEntry now = there.next();
                for (ManifestEntry then = sealed.next(); then != null; then = sealed.next()) {
                    while (now != null && Keys.ORDER.compare(now.path(), then.path()) < 0) {
                        found(State.ADDED);
                        now = there.next();
                    }
                    boolean found = now != null && now.path().equals(then.path());
                    boolean chosen = then.isFile() && choice.next();
                    read[0] += then.isFile() ? 1 : 0;
                    if (compare(then, found ? now : null) && chosen) {
                        read[1]++;
                        digests.add(then, true);
                    }
                    now = found ? there.next() : now;
                }
                for (; now != null; now = there.next()) {
                    found(State.ADDED);
                }
                digests.finish();
            }
        }
        return new Result(read[0], read[1], Map.copyOf(counts));
    }

    private void found(State state) {
        counts.merge(state, 1L, Long::sum);
    }

    private void found(State state, String path, String why) {
        found(state);
        taker.take(state, path, why);
    }

    private boolean compare(ManifestEntry then, @Nullable ManifestEntry now) {
        if (now == null) {
            found(State.MISSING, then.path(), "is not there any more");
            return false;
        }
        // What a listing tells has no digests, so validators are compared.
        if (!Difference.isSame(then, now)) {
            found(State.CHANGED, then.path(), why(then, now));
            return false;
        }
        return true;
    }

    private static String why(ManifestEntry then, ManifestEntry now) {
        if (then.kind() != now.kind()) {
            return "was a " + name(then) + " and is a " + name(now);
        }
        if (then.sizeBytes() != now.sizeBytes()) {
            return "had " + then.sizeBytes() + " bytes and has " + now.sizeBytes();
        }
        if (then.mode() != now.mode()) {
            return "had mode " + Integer.toOctalString(then.mode()) + " and has " + Integer.toOctalString(now.mode());
        }
        return then.target() != null
                ? "led to '" + then.target() + "' and leads to '" + now.target() + "'"
                : "was version " + then.validator() + " and is " + now.validator();
    }

    private static String name(ManifestEntry entry) {
        return switch (entry.kind()) {
            case FILE -> "file";
            case DIRECTORY -> "directory";
            case LINK -> "link";
        };
    }

    private void check(ManifestEntry entry, @Nullable Sha256 digest, @Nullable StoreException failure) {
        if (failure != null) {
            switch (failure.kind()) {
                case NOT_FOUND -> found(State.MISSING, entry.path(), "is not there any more");
                case PRECONDITION_FAILED -> found(State.CHANGED, entry.path(), "is another version by now");
                default -> found(State.DAMAGED, entry.path(), "cannot be read: " + failure.getMessage());
            }
        } else if (entry.content() != null && !entry.content().equals(digest)) {
            found(
                    State.DAMAGED,
                    entry.path(),
                    "has other bytes than were sealed, though the source calls it the same version");
        }
    }

    /** Chooses so many of a known number, each as likely as any other, in one pass. */
    private static final class Choice {
        private final boolean all;
        private final SplittableRandom random;
        private long wanted;
        private long left;

        Choice(Reading reading) {
            this.all = reading.all();
            this.random = new SplittableRandom(reading.seed());
            this.wanted = reading.sample();
            this.left = reading.total();
        }

        boolean next() {
            if (all) {
                return true;
            }
            boolean taken = wanted > 0 && left > 0 && random.nextLong(left) < wanted;
            wanted -= taken ? 1 : 0;
            left--;
            return taken;
        }
    }
}
