package dev.leat.meta.gc;

import dev.leat.meta.content.Garbage;
import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Cell;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Value;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.record.ExtentPage;
import dev.leat.meta.record.Keys;
import dev.leat.meta.session.Transaction;
import dev.leat.meta.session.Transactions;
import dev.leat.store.BlobId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Takes generations of extent pages apart that no file uses: those that a file left behind, and those whose writer gave up or died. Each commit removes
 * extents and takes their bytes from the blobs' counts, so that it may stop anywhere and several may work at once.
 */
final class PageSweeper {
    /** Blobs whose counts one commit changes; with the page itself that stays below a commit's 100 operations. */
    private static final int BLOBS_MAX = 80;

    private static final int ROWS = 1_000;

    private final Transactions transactions;
    private final Garbage garbage;
    private final GcCounts counts;
    private final boolean dryRun;

    PageSweeper(Transactions transactions, Garbage garbage, GcCounts counts, boolean dryRun) {
        this.transactions = transactions;
        this.garbage = garbage;
        this.counts = counts;
        this.dryRun = dryRun;
    }

    void run() throws FsException {
        retireAbandoned();
        Bytes after = null;
        while (true) {
            List<Map.Entry<Key, Value>> rows = transactions.reader().scan(Keys.unusedPages(), after, ROWS);
            for (Map.Entry<Key, Value> row : rows) {
                after = row.getKey().name();
                sweep(row.getKey());
            }
            if (rows.size() < ROWS) {
                return;
            }
        }
    }

    /** Generations that nobody is writing any more become unused ones; from then on no record can take them up. */
    private void retireAbandoned() throws FsException {
        Bytes after = null;
        while (true) {
            List<Map.Entry<Key, Value>> rows = transactions.reader().scan(Keys.pagesInMaking(), after, ROWS);
            LiveSessions sessions = LiveSessions.look(transactions.reader());
            for (Map.Entry<Key, Value> row : rows) {
                after = row.getKey().name();
                BlobId generation = Keys.generationIn(after);
                if (!sessions.mayStillUse(generation)) {
                    retire(row.getKey(), Keys.unusedPages(Keys.generationIno(after), generation));
                }
            }
            if (rows.size() < ROWS) {
                return;
            }
        }
    }

    private void retire(Key inMaking, Key unused) throws FsException {
        if (dryRun) {
            sweep(new Key(inMaking.partition(), unused.name()));
            return;
        }
        transactions.run(tx -> {
            if (tx.get(inMaking) == null) {
                return false;
            }
            tx.unchanged(inMaking);
            tx.delete(inMaking);
            tx.put(unused, new byte[0]);
            return true;
        });
    }

    private void sweep(Key marker) throws FsException {
        long ino = Keys.generationIno(marker.name());
        BlobId generation = Keys.generationIn(marker.name());
        Bytes after = null;
        while (true) {
            List<Map.Entry<Key, Value>> page = transactions.reader().scan(Keys.pages(ino, generation), after, 1);
            if (page.isEmpty()) {
                break;
            }
            Key key = page.getFirst().getKey();
            counts.pages++;
            if (dryRun) {
                after = key.name();
            } else {
                takeApart(key);
            }
        }
        if (!dryRun) {
            transactions.run(tx -> {
                tx.delete(marker);
                return true;
            });
        }
    }

    private void takeApart(Key page) throws FsException {
        boolean more = true;
        while (more) {
            more = transactions.run(tx -> takeSome(tx, page));
        }
    }

    /** Removes some extents; false when none are left. */
    private boolean takeSome(Transaction tx, Key page) throws FsException, MetaException {
        Value value = tx.get(page);
        if (value == null) {
            return false;
        }
        List<Extent> left = new ArrayList<>();
        Map<BlobId, Long> bytes = new HashMap<>();
        for (Extent extent : ExtentPage.decode(value.bytes()).extents()) {
            if (bytes.containsKey(extent.blob()) || bytes.size() < BLOBS_MAX) {
                bytes.merge(extent.blob(), extent.lengthBytes(), Long::sum);
            } else {
                left.add(extent);
            }
        }
        tx.unchanged(page);
        if (left.isEmpty()) {
            tx.delete(page);
        } else {
            tx.put(page, new ExtentPage(left).encode());
        }
        bytes.forEach((blob, length) -> tx.merge(Keys.blobLive(blob), new Cell(new long[] {-length}, new long[0])));
        tx.afterwards(stamp -> garbage.shrunk(bytes.keySet()));
        return !left.isEmpty();
    }
}
