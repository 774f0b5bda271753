package dev.leat.meta.content;

import dev.leat.meta.engine.Cell;
import dev.leat.meta.engine.Commit;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.Prefix;
import dev.leat.meta.engine.Write;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.record.BlobRecord;
import dev.leat.meta.record.Keys;
import dev.leat.meta.session.Transaction;
import dev.leat.store.BlobId;
import dev.leat.sys.Errno;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Gathers what fits into one commit: records, pages, and the live bytes of the blobs they gain and lose. */
final class Batch {
    /** Checks and writes left free for what others add to the same commit, such as quotas. */
    private static final int RESERVE = 8;

    private static final int OPERATIONS_MAX = Commit.OPERATIONS_MAX - RESERVE;
    private static final int BYTES_MAX = Commit.VALUES_BYTES_MAX - (1 << 16);

    private final Map<BlobId, Long> fresh;
    private final Map<BlobId, Long> deltas = new HashMap<>();
    private final List<Key> unchanged = new ArrayList<>();
    private final List<Key> required = new ArrayList<>();
    private final List<Write> writes = new ArrayList<>();
    private long bytes;

    /**
     * An empty batch.
     *
     * @param fresh blobs that the metadata does not know yet, with their sizes
     */
    Batch(Map<BlobId, Long> fresh) {
        this.fresh = fresh;
    }

    /** Whether nothing was added. */
    boolean isEmpty() {
        return unchanged.isEmpty() && writes.isEmpty();
    }

    /** Adds a planned change, unless it does not fit any more: then answers false. */
    boolean add(FileRef ref, Plan plan) {
        List<Write> all = plan.writes();
        all.add(ref.put(plan.file()));
        return add(List.of(ref.key()), all, plan.deltas());
    }

    /**
     * Adds writes, unless they do not fit any more: then answers false.
     *
     * @param stable keys whose value must still be the one that was read through the transaction
     */
    boolean add(List<Key> stable, List<Write> more, Map<BlobId, Long> moreDeltas) {
        return add(stable, List.of(), more, moreDeltas);
    }

    /**
     * Adds writes, unless they do not fit any more: then answers false.
     *
     * @param stable keys whose value must still be the one that was read through the transaction
     * @param present keys that must have a value
     */
    boolean add(List<Key> stable, List<Key> present, List<Write> more, Map<BlobId, Long> moreDeltas) {
        Map<BlobId, Long> sum = new HashMap<>(deltas);
        moreDeltas.forEach((blob, delta) -> sum.merge(blob, delta, Long::sum));
        int operations =
                unchanged.size() + stable.size() + required.size() + present.size() + writes.size() + more.size();
        for (Map.Entry<BlobId, Long> entry : sum.entrySet()) {
            operations += operations(entry.getKey(), entry.getValue());
        }
        long moreBytes = 0;
        for (Write write : more) {
            moreBytes += write instanceof Write.Put(Key key, byte[] value) ? value.length : 0;
        }
        if (operations > OPERATIONS_MAX || bytes + moreBytes > BYTES_MAX) {
            return false;
        }
        unchanged.addAll(stable);
        required.addAll(present);
        writes.addAll(more);
        deltas.putAll(sum);
        bytes += moreBytes;
        return true;
    }

    /** The new blobs that this batch makes known. */
    Set<BlobId> introduced() {
        Set<BlobId> introduced = new HashSet<>();
        deltas.forEach((blob, delta) -> {
            if (delta > 0 && fresh.containsKey(blob)) {
                introduced.add(blob);
            }
        });
        return introduced;
    }

    /** The blobs that this batch takes references from. */
    Set<BlobId> shrunk() {
        Set<BlobId> shrunk = new HashSet<>();
        deltas.forEach((blob, delta) -> {
            if (delta < 0) {
                shrunk.add(blob);
            }
        });
        return shrunk;
    }

    /**
     * Adds everything to a transaction.
     *
     * @throws FsException EIO when a blob that gains references is not there
     */
    void writeTo(Transaction tx) throws FsException {
        for (Key key : unchanged) {
            tx.unchanged(key);
        }
        required.forEach(tx::exists);
        for (Write write : writes) {
            switch (write) {
                case Write.Put(Key key, byte[] value) -> tx.put(key, value);
                case Write.Delete(Key key) -> tx.delete(key);
                case Write.Merge(Key key, Cell delta, long[] bounds) -> tx.merge(key, delta, bounds);
            }
        }
        writeReferences(tx, deltas, fresh);
    }

    /**
     * Adds changes of live bytes to a transaction, with the checks that keep a blob alive.
     *
     * @throws FsException EIO when a blob that gains references is not there
     */
    static void writeReferences(Transaction tx, Map<BlobId, Long> deltas, Map<BlobId, Long> fresh) throws FsException {
        List<Key> old = new ArrayList<>();
        for (Map.Entry<BlobId, Long> entry : deltas.entrySet()) {
            BlobId blob = entry.getKey();
            long delta = entry.getValue();
            if (delta == 0) {
                continue;
            }
            Key key = Keys.blob(blob);
            Long size = fresh.get(blob);
            if (delta > 0 && size != null && !tx.sawUnder(new Prefix(key.partition(), key.name()))) {
                tx.absent(key);
                tx.put(key, new BlobRecord(size).encode());
            } else if (delta > 0) {
                old.add(key);
            }
            tx.merge(Keys.blobLive(blob), new Cell(new long[] {delta}, new long[0]));
        }
        tx.load(old, List.of());
        for (Key key : old) {
            if (tx.get(key) == null) {
                throw new FsException(
                        Errno.EIO,
                        "blob " + Keys.blobIn(key.name()) + " is no longer there: nothing referred to it any more");
            }
            tx.exists(key);
        }
    }

    private int operations(BlobId blob, long delta) {
        if (delta == 0) {
            return 0;
        }
        if (delta < 0) {
            return 1;
        }
        return fresh.containsKey(blob) ? 3 : 2;
    }
}
