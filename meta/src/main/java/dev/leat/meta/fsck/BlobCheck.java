package dev.leat.meta.fsck;

import dev.leat.meta.engine.Cell;
import dev.leat.meta.fsck.FactSpill.Subject;
import dev.leat.meta.record.Keys;
import dev.leat.store.BlobId;
import dev.leat.store.blob.BlobStore;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Compares everything that was said about each blob. */
final class BlobCheck implements FactSpill.Reading {
    private final Findings findings;
    private final @Nullable BlobStore store;
    private final Map<Subject, Told> blobs = new HashMap<>();

    /** Leaves objects out where {@code store} is null. */
    BlobCheck(Findings findings, @Nullable BlobStore store) {
        this.findings = findings;
        this.store = store;
    }

    @Override
    public void row(Subject subject, Fact fact, long a, long b, long c) {
        blobs.computeIfAbsent(subject, any -> new Told()).take(fact, a, b);
    }

    @Override
    public void endOfBucket() {
        blobs.forEach((subject, told) -> check(new BlobId(subject.high(), subject.low()), told));
        blobs.clear();
    }

    private void check(BlobId blob, Told told) {
        String subject = "blob " + blob;
        if (told.referenced) {
            findings.blobs++;
            if (told.size < 0) {
                findings.add(Problem.broken(
                        subject,
                        told.doomed ? "is referred to although it is doomed" : "is referred to but not known"));
            } else if (told.believedLow != told.size || told.believedHigh != told.size) {
                findings.add(Problem.broken(subject, "has " + told.size + " bytes, its extents believe otherwise"));
            }
        }
        if (told.size >= 0 || told.liveRow) {
            if (told.live != told.references) {
                findings.add(Problem.count(
                        subject,
                        "counts wrong live bytes:",
                        told.live + " instead of " + told.references,
                        Keys.blobLive(blob),
                        new Cell(new long[] {told.references - told.live}, new long[0])));
            }
            if (told.references == 0 && !told.referenced) {
                findings.add(Problem.garbage(subject, "is not referred to any more"));
            }
        }
        if (store != null) {
            object(subject, told, store);
        }
    }

    private void object(String subject, Told told, BlobStore blobs) {
        if (told.object >= 0) {
            findings.objects++;
        }
        if (told.size >= 0 && told.object < 0) {
            if (told.referenced) {
                findings.add(Problem.broken(subject, "has no object in the store"));
            } else {
                findings.add(Problem.garbage(subject, "has no object in the store and is not referred to"));
            }
        } else if (told.size >= 0 && !blobs.fits(told.size, told.object)) {
            findings.add(
                    Problem.broken(subject, "has " + told.size + " bytes, its object in the store " + told.object));
        } else if (told.size < 0 && !told.doomed && told.object >= 0) {
            findings.add(Problem.garbage(subject, "is an object in the store that the metadata does not know"));
        }
    }

    /** Everything about one blob. */
    private static final class Told {
        private long size = -1;
        private boolean doomed;
        private boolean liveRow;
        private long live;
        private boolean referenced;
        private long references;
        private long believedLow = Long.MAX_VALUE;
        private long believedHigh = -1;
        private long object = -1;

        void take(Fact fact, long a, long b) {
            switch (fact) {
                case BLOB -> size = a;
                case DOOMED -> doomed = true;
                case LIVE -> {
                    liveRow = true;
                    live = a;
                }
                case REFERENCE -> {
                    referenced = true;
                    references += a;
                    believedLow = Math.min(believedLow, b);
                    believedHigh = Math.max(believedHigh, b);
                }
                case OBJECT -> object = a;
                case ENTRY_DIRECTORY,
                        ENTRY_EMBEDDED,
                        ENTRY_HARD,
                        REF_AT,
                        REF_FULL,
                        LINK,
                        ORPHAN,
                        DIRECTORY,
                        DIRECTORY_PARENT,
                        PAGED,
                        PAGED_BYTES,
                        PAGE,
                        GENERATION,
                        ATTACHED -> throw new IllegalArgumentException("not of blobs");
            }
        }
    }
}
