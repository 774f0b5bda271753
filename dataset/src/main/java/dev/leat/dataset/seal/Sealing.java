package dev.leat.dataset.seal;

import dev.leat.dataset.manifest.EntrySorter;
import dev.leat.dataset.manifest.ManifestEntry;
import dev.leat.dataset.manifest.ManifestSummary;
import dev.leat.dataset.manifest.ManifestWriter;
import dev.leat.dataset.manifest.Strength;
import dev.leat.dataset.source.Source;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Makes the manifest of a source as it is now. Memory does not grow with the source: what a listing gives in any order is sorted
 * through files.
 */
public final class Sealing {
    /** Heap for entries that wait to be sorted, in bytes. */
    private static final long SORT_BYTES = 24L << 20;

    private Sealing() {}

    /**
     * What came of it.
     *
     * @param summary what the manifest comes to
     * @param leftOut names that no file system can show, or that a directory has too
     */
    public record Sealed(ManifestSummary summary, long leftOut) {}

    /** Hears of the two parts of the work. */
    public interface Watcher {
        /** What hears of names that are listed. */
        Advance listing();

        /** All is listed: so many files and bytes will be read now. */
        Advance reading(long files, long bytes);
    }

    /**
     * Seals.
     *
     * @param work a folder for files that are needed meanwhile
     * @param manifest the file to write the manifest to
     * @throws StoreException if the source cannot be listed or read, or a file changes while it is read
     */
    public static Sealed run(Source source, Strength strength, Path work, Path manifest, Watcher watcher)
            throws IOException {
        try (EntrySorter sorter = new EntrySorter(work, SORT_BYTES)) {
            long[] listed = new long[2];
            Advance names = watcher.listing();
            Walk walk = new Walk(source, sorter, (files, bytes) -> {
                synchronized (listed) {
                    listed[0] += files;
                    listed[1] += bytes;
                }
                names.add(files, bytes);
            });
            long leftOut = walk.run();
            if (listed[0] == 0) {
                throw new StoreException(
                        Kind.NOT_FOUND,
                        "there is nothing in " + source.location() + "; check bucket, prefix or path of the address");
            }
            ManifestSummary summary;
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(manifest), 1 << 16);
                    ManifestWriter writer = new ManifestWriter(out, strength)) {
                if (strength == Strength.WEAK) {
                    for (ManifestEntry entry = sorter.next(); entry != null; entry = sorter.next()) {
                        writer.add(entry);
                    }
                } else {
                    read(source, sorter, writer, watcher.reading(listed[0], listed[1]));
                }
                summary = writer.finish();
            }
            return new Sealed(summary, leftOut + sorter.dropped());
        }
    }

    private static void read(Source source, EntrySorter sorter, ManifestWriter writer, Advance advance)
            throws IOException {
        try (FileDigests digests = new FileDigests(source, advance, (entry, digest, failure) -> {
            if (failure != null) {
                throw unreadable(entry, failure);
            }
            writer.add(digest == null ? entry : entry.with(digest));
        })) {
            for (ManifestEntry entry = sorter.next(); entry != null; entry = sorter.next()) {
                digests.add(entry, true);
            }
            digests.finish();
        }
    }

    private static StoreException unreadable(ManifestEntry entry, StoreException failure) {
        boolean changed = failure.kind() == Kind.PRECONDITION_FAILED || failure.kind() == Kind.NOT_FOUND;
        @Nullable String why = failure.getMessage();
        return new StoreException(
                failure.kind(),
                changed
                        ? "'" + entry.path() + "' changed while it was sealed: seal again when nobody writes (" + why
                                + ")"
                        : "'" + entry.path() + "' cannot be sealed: " + why,
                failure);
    }
}
