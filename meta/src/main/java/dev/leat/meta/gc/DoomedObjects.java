package dev.leat.meta.gc;

import dev.leat.meta.content.BlobKeys;
import dev.leat.meta.content.VolumeMarker;
import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Prefix;
import dev.leat.meta.engine.Value;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.record.BlobRecord;
import dev.leat.meta.record.Keys;
import dev.leat.meta.session.Failures;
import dev.leat.meta.session.Transactions;
import dev.leat.store.BlobId;
import dev.leat.store.DeleteFailure;
import dev.leat.store.ObjectStore;
import dev.leat.store.StoreException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes the objects of doomed blobs, then the blobs' records. A blob waits until every other session has sent two heartbeats since it was first
 * seen here, so that readers have heard from the feed that their files changed; while a seal or pin is being made none is deleted.
 */
final class DoomedObjects {
    private static final Logger LOG = LoggerFactory.getLogger(DoomedObjects.class);

    /** Doomed blobs remembered with the moment they were first seen, about 10 MiB; others wait for their turn. */
    private static final int SEEN_MAX = 100_000;

    /** Records removed in one commit. */
    private static final int BATCH = 90;

    private final Transactions transactions;
    private final ObjectStore store;
    private final VolumeMarker marker;
    private final BlobKeys keys;
    private final int self;
    private final Map<BlobId, Map<Integer, Long>> firstSeen = new HashMap<>();

    DoomedObjects(Transactions transactions, ObjectStore store, VolumeMarker marker, int self) {
        this.transactions = transactions;
        this.store = store;
        this.marker = marker;
        this.keys = new BlobKeys(marker.volume());
        this.self = self;
    }

    void run(GcCounts counts, boolean dryRun) throws FsException, StoreException {
        boolean sealed = !transactions
                .reader()
                .scan(new Prefix(Keys.SEALS, Bytes.EMPTY), null, 1)
                .isEmpty();
        Set<BlobId> present = new HashSet<>();
        Bytes after = null;
        int rows = store.capabilities().deleteBatchMax();
        while (true) {
            List<Map.Entry<Key, Value>> page = transactions.reader().scan(Keys.doomedBlobs(), after, rows);
            if (!page.isEmpty()) {
                after = page.getLast().getKey().name();
                deleteRipe(page, sealed, present, counts, dryRun);
            }
            if (page.size() < rows) {
                break;
            }
        }
        firstSeen.keySet().retainAll(present);
    }

    private void deleteRipe(
            List<Map.Entry<Key, Value>> page, boolean sealed, Set<BlobId> present, GcCounts counts, boolean dryRun)
            throws FsException, StoreException {
        // After the page: whatever session is not there has not read anything that refers to these blobs.
        LiveSessions sessions = LiveSessions.look(transactions.reader());
        Map<BlobId, Long> ripe = new HashMap<>();
        for (Map.Entry<Key, Value> row : page) {
            BlobId blob = Keys.blobIn(row.getKey().name());
            present.add(blob);
            Map<Integer, Long> seen = firstSeen.get(blob);
            if (seen == null && firstSeen.size() < SEEN_MAX) {
                seen = sessions.beats();
                firstSeen.put(blob, seen);
            }
            if (!sealed && seen != null && sessions.twoBeatsAfter(seen, self)) {
                ripe.put(blob, size(row.getValue()));
            } else {
                counts.waiting++;
            }
        }
        if (ripe.isEmpty()) {
            return;
        }
        if (!dryRun) {
            delete(ripe, counts);
        }
        counts.deletedBlobs += ripe.size();
        counts.deletedBytes += ripe.values().stream().mapToLong(Long::longValue).sum();
    }

    private void delete(Map<BlobId, Long> ripe, GcCounts counts) throws FsException, StoreException {
        marker.require(store);
        // Another client may have doomed them and not be sure yet that it will survive power loss; a durable commit
        // after it makes it so, since
        // commits never become durable out of order.
        transactions.run(tx -> {
            tx.put(Keys.COLLECTION, new byte[0]);
            tx.durable();
            return true;
        });
        List<String> names = ripe.keySet().stream().map(keys::key).toList();
        for (DeleteFailure failure : store.delete(names)) {
            LOG.warn("{} could not be deleted from {}: {}", failure.key(), store.location(), failure.reason());
            counts.failures++;
            ripe.remove(keys.parse(failure.key()));
        }
        List<BlobId> gone = new ArrayList<>(ripe.keySet());
        for (int i = 0; i < gone.size(); i += BATCH) {
            List<BlobId> some = gone.subList(i, Math.min(gone.size(), i + BATCH));
            transactions.run(tx -> {
                some.forEach(blob -> tx.delete(Keys.doomedBlob(blob)));
                return true;
            });
        }
    }

    private static long size(Value value) throws FsException {
        try {
            return BlobRecord.decode(value.bytes()).sizeBytes();
        } catch (MetaException e) {
            throw Failures.of(e);
        }
    }
}
