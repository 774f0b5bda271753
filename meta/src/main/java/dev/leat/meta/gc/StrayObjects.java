package dev.leat.meta.gc;

import dev.leat.meta.content.BlobKeys;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.Value;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.record.Keys;
import dev.leat.meta.session.Reader;
import dev.leat.store.BlobId;
import dev.leat.store.DeleteFailure;
import dev.leat.store.ListPage;
import dev.leat.store.ObjectInfo;
import dev.leat.store.ObjectStore;
import dev.leat.store.PendingUpload;
import dev.leat.store.StoreException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds, by listing the store, what writers uploaded and never referred to: objects and uploads of sessions that are over, and of live sessions below their
 * low-water sequence. The order of reading makes it safe: first the listing, then the sessions, then the records. Whoever's lease on an id was over at the second step
 * had committed before it, so the third step sees it.
 */
final class StrayObjects {
    private static final Logger LOG = LoggerFactory.getLogger(StrayObjects.class);
    private static final int PAGE = 1_000;

    /** Records looked up in one round trip. */
    private static final int LOOKUPS = 250;

    private final Reader reader;
    private final ObjectStore store;
    private final BlobKeys keys;
    private final GcCounts counts;
    private final boolean dryRun;
    private final BooleanSupplier stopped;

    StrayObjects(
            Reader reader, ObjectStore store, BlobKeys keys, GcCounts counts, boolean dryRun, BooleanSupplier stopped) {
        this.reader = reader;
        this.store = store;
        this.keys = keys;
        this.counts = counts;
        this.dryRun = dryRun;
        this.stopped = stopped;
    }

    void objects() throws FsException, StoreException {
        String after = null;
        while (!stopped.getAsBoolean()) {
            ListPage page = store.list(keys.prefix(), null, after, PAGE);
            Map<BlobId, Long> found = new LinkedHashMap<>();
            for (ObjectInfo object : page.objects()) {
                after = object.key();
                BlobId blob = keys.parse(object.key());
                if (blob != null) {
                    found.put(blob, object.sizeBytes());
                } else if (!object.key().equals(keys.marker()) && !object.key().startsWith(keys.backups())) {
                    counts.foreign++;
                }
            }
            delete(strays(found));
            if (!page.truncated() || page.objects().isEmpty()) {
                return;
            }
        }
    }

    void uploads() throws FsException, StoreException {
        while (!stopped.getAsBoolean()) {
            List<PendingUpload> pending = store.pendingUploads(keys.prefix());
            Map<BlobId, Long> found = new LinkedHashMap<>();
            for (PendingUpload upload : pending) {
                BlobId blob = keys.parse(upload.key());
                if (blob != null) {
                    found.put(blob, 0L);
                }
            }
            Map<BlobId, Long> strays = strays(found);
            int aborted = 0;
            for (PendingUpload upload : pending) {
                BlobId blob = keys.parse(upload.key());
                if (blob != null && strays.containsKey(blob)) {
                    if (!dryRun) {
                        store.abort(upload);
                    }
                    counts.uploads++;
                    aborted++;
                }
            }
            // A store shows at most 1,000 at a time; the next ones appear when these are gone.
            if (dryRun || aborted == 0 || pending.size() < PAGE) {
                return;
            }
        }
    }

    /** Those that nobody refers to or is about to. */
    private Map<BlobId, Long> strays(Map<BlobId, Long> found) throws FsException {
        Map<BlobId, Long> strays = new LinkedHashMap<>();
        if (found.isEmpty()) {
            return strays;
        }
        LiveSessions sessions = LiveSessions.look(reader);
        List<BlobId> idle = found.keySet().stream()
                .filter(blob -> !sessions.mayStillUse(blob))
                .toList();
        for (int i = 0; i < idle.size(); i += LOOKUPS) {
            List<BlobId> some = idle.subList(i, Math.min(idle.size(), i + LOOKUPS));
            List<Key> wanted = new ArrayList<>();
            for (BlobId blob : some) {
                wanted.add(Keys.blob(blob));
                wanted.add(Keys.doomedBlob(blob));
            }
            Map<Key, Value> known = reader.get(wanted, List.of());
            for (BlobId blob : some) {
                if (!known.containsKey(Keys.blob(blob)) && !known.containsKey(Keys.doomedBlob(blob))) {
                    strays.put(blob, found.getOrDefault(blob, 0L));
                }
            }
        }
        return strays;
    }

    private void delete(Map<BlobId, Long> strays) throws StoreException {
        List<BlobId> blobs = new ArrayList<>(strays.keySet());
        int batch = store.capabilities().deleteBatchMax();
        for (int i = 0; i < blobs.size(); i += batch) {
            List<BlobId> some = blobs.subList(i, Math.min(blobs.size(), i + batch));
            int failed = 0;
            if (!dryRun) {
                for (DeleteFailure failure :
                        store.delete(some.stream().map(keys::key).toList())) {
                    LOG.warn("{} could not be deleted from {}: {}", failure.key(), store.location(), failure.reason());
                    failed++;
                }
            }
            counts.failures += failed;
            counts.strayObjects += some.size() - failed;
            some.forEach(blob -> counts.strayBytes += strays.getOrDefault(blob, 0L));
        }
    }
}
