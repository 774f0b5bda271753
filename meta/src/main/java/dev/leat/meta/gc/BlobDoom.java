package dev.leat.meta.gc;

import dev.leat.meta.content.Garbage;
import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Cell;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.Value;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.record.Keys;
import dev.leat.meta.session.Transactions;
import dev.leat.store.BlobId;
import java.nio.BufferUnderflowException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Dooms blobs without live bytes: in one commit the blob's record moves to where nothing can refer to it. A file that takes a reference at the same time
 * checks that the record is there, so one of both fails.
 */
final class BlobDoom {
    /** Blobs of one commit: two checks and three writes each. */
    private static final int BATCH = 18;

    private static final int ROWS = 1_000;

    private final Transactions transactions;
    private final Garbage garbage;
    private final GcCounts counts;
    private final boolean dryRun;

    BlobDoom(Transactions transactions, Garbage garbage, GcCounts counts, boolean dryRun) {
        this.transactions = transactions;
        this.garbage = garbage;
        this.counts = counts;
        this.dryRun = dryRun;
    }

    /** Looks at blobs that lost references here. */
    void hinted() throws FsException {
        consider(garbage.take());
    }

    /** Looks at all blobs. */
    void all() throws FsException {
        Bytes after = null;
        while (true) {
            List<Map.Entry<Key, Value>> rows = transactions.reader().scan(Keys.blobsLive(), after, ROWS);
            List<BlobId> dead = new ArrayList<>();
            for (Map.Entry<Key, Value> row : rows) {
                after = row.getKey().name();
                if (liveBytes(row.getValue()) == 0) {
                    dead.add(Keys.blobIn(after));
                }
            }
            consider(dead);
            if (rows.size() < ROWS) {
                return;
            }
        }
    }

    private void consider(List<BlobId> blobs) throws FsException {
        if (blobs.isEmpty()) {
            return;
        }
        LiveSessions sessions = LiveSessions.look(transactions.reader());
        List<BlobId> candidates = new ArrayList<>();
        List<BlobId> later = new ArrayList<>();
        for (BlobId blob : blobs) {
            // The writer of a pack may be about to refer to it once more.
            (sessions.mayStillUse(blob) ? later : candidates).add(blob);
        }
        garbage.shrunk(later);
        for (int i = 0; i < candidates.size(); i += BATCH) {
            doom(candidates.subList(i, Math.min(candidates.size(), i + BATCH)));
        }
    }

    private void doom(List<BlobId> blobs) throws FsException {
        List<Key> keys = new ArrayList<>();
        for (BlobId blob : blobs) {
            keys.add(Keys.blob(blob));
            keys.add(Keys.blobLive(blob));
        }
        if (dryRun) {
            Map<Key, Value> found = transactions.reader().get(keys, List.of());
            counts.doomed += blobs.stream()
                    .filter(blob ->
                            found.containsKey(Keys.blob(blob)) && liveBytes(found.get(Keys.blobLive(blob))) == 0)
                    .count();
            return;
        }
        counts.doomed += transactions.run(tx -> {
            tx.load(keys, List.of());
            int doomed = 0;
            for (BlobId blob : blobs) {
                Value record = tx.get(Keys.blob(blob));
                if (record == null || liveBytes(tx.get(Keys.blobLive(blob))) != 0) {
                    continue;
                }
                tx.unchanged(Keys.blob(blob));
                tx.unchanged(Keys.blobLive(blob));
                tx.delete(Keys.blob(blob));
                tx.delete(Keys.blobLive(blob));
                tx.put(Keys.doomedBlob(blob), record.bytes());
                doomed++;
            }
            // What lets an object be deleted must survive power loss before the object goes.
            tx.durable();
            return doomed;
        });
    }

    /** The number in a count; a broken one counts as live, for fsck to tell. */
    private static long liveBytes(@Nullable Value value) {
        if (value == null) {
            return 0;
        }
        try {
            long[] sums = Cell.decode(value.bytes()).sums();
            return sums.length == 0 ? 0 : sums[0];
        } catch (BufferUnderflowException e) {
            return 1;
        }
    }
}
