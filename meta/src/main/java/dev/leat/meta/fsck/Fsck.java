package dev.leat.meta.fsck;

import dev.leat.meta.content.BlobKeys;
import dev.leat.meta.content.VolumeMarker;
import dev.leat.meta.engine.Cell;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.record.Keys;
import dev.leat.meta.session.Transactions;
import dev.leat.store.BlobId;
import dev.leat.store.ListPage;
import dev.leat.store.ObjectInfo;
import dev.leat.store.ObjectStore;
import dev.leat.store.blob.BlobStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Checks a whole volume in bounded memory: one walk over all metadata and one listing of the store, compared by way of scratch files of about 41 bytes for each
 * inode, extent and blob.
 *
 * <p>It may run beside clients. What looks wrong at first is looked at once more, and only what is wrong both times, in the same way, is told.
 */
public final class Fsck {
    /** Most problems kept for the report; all are counted. */
    public static final int PROBLEMS_MAX = 10_000;

    private static final int PAGE = 1_000;

    private final MetaEngine engine;
    private final @Nullable ObjectStore store;
    private final @Nullable BlobStore blobs;
    private final @Nullable VolumeMarker marker;
    private final Path scratch;

    /** A check of a volume whose blobs, if any, are kept as they are. */
    public Fsck(MetaEngine engine, @Nullable ObjectStore store, @Nullable VolumeMarker marker, Path scratch) {
        this(engine, store, store == null ? null : BlobStore.plain(store), marker, scratch);
    }

    /**
     * A check.
     *
     * @param store where the blobs are; null to leave them out
     * @param blobs how the volume's blobs lie in it, with {@code store}
     * @param marker whose the store must be, with {@code store}; of which incarnation does not matter, since nothing is deleted
     * @param scratch a directory for temporary files
     */
    public Fsck(
            MetaEngine engine,
            @Nullable ObjectStore store,
            @Nullable BlobStore blobs,
            @Nullable VolumeMarker marker,
            Path scratch) {
        this.engine = engine;
        this.store = store;
        this.blobs = blobs;
        this.marker = marker;
        this.scratch = scratch;
    }

    /**
     * Checks.
     *
     * @param progress told the number of keys and objects looked at so far, now and then
     * @throws IOException when metadata, store or scratch files cannot be read or written
     */
    public FsckReport check(LongConsumer progress) throws IOException {
        return report(confirmed(progress), 0);
    }

    /**
     * Checks, and corrects counts that can be worked out from the rest. Corrections are added to the counts, so that clients may go on meanwhile; where
     * the engine cannot export one moment, counts of blobs are corrected only while no client but this one is there.
     *
     * @return what was wrong, and how much of it was put right
     */
    public FsckReport repair(Transactions transactions, LongConsumer progress) throws IOException {
        Findings found = confirmed(progress);
        boolean alone = transactions.reader().scan(Keys.sessions(), null, 2).size() < 2;
        long repaired = 0;
        for (Problem problem : found.problems.values()) {
            Key counter = problem.counter();
            boolean ofOnePartition = counter != null && Keys.isDirectory(counter.partition());
            // Elsewhere the count and what it counts are of one moment only in an export of one moment, or when nobody
            // changes anything.
            boolean sure = ofOnePartition || alone || engine.info().snapshotExport();
            if (sure && correct(transactions, problem)) {
                repaired++;
            }
        }
        return report(found, repaired);
    }

    private static boolean correct(Transactions transactions, Problem problem) throws FsException {
        Key counter = problem.counter();
        Cell correction = problem.correction();
        if (counter == null || correction == null) {
            return false;
        }
        return transactions.run(tx -> {
            tx.merge(counter, correction);
            tx.durable();
            return true;
        });
    }

    private Findings confirmed(LongConsumer progress) throws IOException {
        Findings first = pass(progress);
        if (first.problems.isEmpty()) {
            return first;
        }
        Findings second = pass(progress);
        second.problems.keySet().retainAll(first.problems.keySet());
        if (first.problemCount <= PROBLEMS_MAX && second.problemCount <= PROBLEMS_MAX) {
            second.problemCount = second.problems.size();
        }
        return second;
    }

    private Findings pass(LongConsumer progress) throws IOException {
        Findings findings = new Findings();
        UsageCheck usage = new UsageCheck();
        long[] seen = new long[1];
        try (FactSpill inodes = new FactSpill(scratch);
                FactSpill blobFacts = new FactSpill(scratch)) {
            MetadataWalk walk = new MetadataWalk(inodes, blobFacts, findings, usage);
            engine.export((key, value) -> {
                walk.entry(key, value);
                if (++seen[0] % PAGE == 0) {
                    progress.accept(seen[0]);
                }
            });
            walk.end();
            // After the metadata: an object that a blob of it needs is there, or was deleted since and the second pass
            // will not know the blob.
            if (store != null && blobs != null && marker != null) {
                list(store, marker, blobFacts, seen, progress);
            }
            inodes.read(new InodeCheck(findings, usage));
            usage.end(findings);
            blobFacts.read(new BlobCheck(findings, store == null ? null : blobs));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        progress.accept(seen[0]);
        return findings;
    }

    private static void list(
            ObjectStore store, VolumeMarker marker, FactSpill blobs, long[] seen, LongConsumer progress)
            throws IOException {
        marker.requireVolume(store);
        BlobKeys keys = new BlobKeys(marker.volume());
        String after = null;
        while (true) {
            ListPage page = store.list(keys.prefix(), null, after, PAGE);
            for (ObjectInfo object : page.objects()) {
                after = object.key();
                BlobId blob = keys.parse(object.key());
                if (blob != null) {
                    blobs.add(MetadataWalk.blob(blob), Fact.OBJECT, object.sizeBytes(), 0, 0);
                }
            }
            seen[0] += page.objects().size();
            progress.accept(seen[0]);
            if (!page.truncated() || page.objects().isEmpty()) {
                return;
            }
        }
    }

    private static FsckReport report(Findings findings, long repaired) {
        return new FsckReport(
                List.copyOf(findings.problems.values()),
                findings.problemCount,
                findings.files,
                findings.directories,
                findings.orphans,
                findings.blobs,
                findings.referencedBytes,
                findings.objects,
                repaired);
    }
}
