package dev.leat.meta.gc;

import dev.leat.meta.content.BlobKeys;
import dev.leat.meta.content.Garbage;
import dev.leat.meta.content.VolumeMarker;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.session.Session;
import dev.leat.meta.session.Transactions;
import dev.leat.store.ObjectStore;
import dev.leat.store.StoreException;
import java.time.Duration;

/**
 * Gives back what no file refers to any more. Many clients may run it at once; each step is a commit or an idempotent request to the store, so it can stop
 * anywhere.
 *
 * <p>What may be deleted never depends on a clock: a blob goes from live to doomed when nothing refers to it and its writer is done with it; its
 * object goes when every client has had two heartbeats' time to notice. An object that no record knows is deleted only when the session in its name is over or has published
 * that it is done with it. A share of the store's bandwidth and requests is the business of a limited {@link ObjectStore}.
 *
 * <p>Concurrency: one run at a time.
 */
public final class GarbageCollector {
    private final Transactions transactions;
    private final ObjectStore store;
    private final BlobKeys keys;
    private final VolumeMarker marker;
    private final Garbage garbage;
    private final DoomedObjects doomed;
    private final SilentSessions silent;
    private volatile boolean stopped;

    /**
     * The collector of a client.
     *
     * @param session the client's own session, whose file views the caller keeps right itself
     * @param marker what the store must say for anything to be deleted
     * @param garbage blobs that lost references here
     */
    public GarbageCollector(
            Transactions transactions, Session session, ObjectStore store, VolumeMarker marker, Garbage garbage) {
        this.transactions = transactions;
        this.store = store;
        this.keys = new BlobKeys(marker.volume());
        this.marker = marker;
        this.garbage = garbage;
        this.silent = new SilentSessions(session, transactions.reader());
        this.doomed = new DoomedObjects(transactions, store, marker, session.number());
    }

    /** Hears that sessions are waited for. */
    @FunctionalInterface
    public interface Waiting {
        /** So many are waited for, and at most so long. */
        void waiting(int sessions, Duration longest);
    }

    /**
     * Waits until each other session has sent a heartbeat or was silent for its lease and is declared dead, so that {@link #all} finds what dead ones left
     * behind. The background need not: it sees a lease go by.
     */
    public void awaitSilent(Waiting listener) throws FsException {
        silent.await(listener);
    }

    /** The background's share: what this client freed, pages of extents, and doomed blobs whose time has come. */
    public GcReport freed() throws FsException, StoreException {
        GcCounts counts = new GcCounts();
        new PageSweeper(transactions, garbage, counts, false).run();
        new BlobDoom(transactions, garbage, counts, false).hinted();
        doomed.run(counts, false);
        return counts.report();
    }

    /**
     * Everything: also blobs that others freed, and by listing the store what was uploaded and never used.
     *
     * @param dryRun only to count
     */
    public GcReport all(boolean dryRun) throws FsException, StoreException {
        marker.require(store);
        GcCounts counts = new GcCounts();
        if (!dryRun) {
            new TreeSweeper(transactions).run();
        }
        new PageSweeper(transactions, garbage, counts, dryRun).run();
        new BlobDoom(transactions, garbage, counts, dryRun).all();
        doomed.run(counts, dryRun);
        StrayObjects strays = new StrayObjects(transactions.reader(), store, keys, counts, dryRun, () -> stopped);
        strays.objects();
        strays.uploads();
        return counts.report();
    }

    /** Makes a run under way end soon. */
    public void stop() {
        stopped = true;
    }
}
