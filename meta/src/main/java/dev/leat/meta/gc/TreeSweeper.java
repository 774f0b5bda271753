package dev.leat.meta.gc;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Value;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.Time;
import dev.leat.meta.record.DirRecord;
import dev.leat.meta.record.EntryRecord;
import dev.leat.meta.record.FileRecord;
import dev.leat.meta.record.InodeRef;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.OrphanRecord;
import dev.leat.meta.session.Failures;
import dev.leat.meta.session.Transaction;
import dev.leat.meta.session.Transactions;
import dev.leat.store.BlobId;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Removes trees whose copying was not finished, when the session that copied them is over. Files become inodes without names, which are reaped as all others are. */
final class TreeSweeper {
    private static final int ROWS = 1_000;

    /** Files of one commit: a check and three writes each. */
    private static final int BATCH = 20;

    private final Transactions transactions;

    TreeSweeper(Transactions transactions) {
        this.transactions = transactions;
    }

    void run() throws FsException {
        Bytes after = null;
        while (true) {
            List<Map.Entry<Key, Value>> rows = transactions.reader().scan(Keys.treesInMaking(), after, ROWS);
            LiveSessions sessions = LiveSessions.look(transactions.reader());
            for (Map.Entry<Key, Value> row : rows) {
                after = row.getKey().name();
                long session = ByteBuffer.wrap(row.getValue().bytes()).getLong();
                if (!sessions.mayStillUse(new BlobId(session, Long.MAX_VALUE))) {
                    remove(row.getKey(), Keys.numberIn(after));
                }
            }
            if (rows.size() < ROWS) {
                return;
            }
        }
    }

    private void remove(Key marker, long top) throws FsException {
        Deque<Long> path = new ArrayDeque<>();
        path.push(top);
        while (!path.isEmpty()) {
            long directory = path.peek();
            Long below = emptyOut(directory);
            if (below != null) {
                path.push(below);
            } else {
                path.pop();
                dropDirectory(directory);
            }
        }
        transactions.run(tx -> {
            tx.delete(marker);
            return true;
        });
    }

    /** Removes the files of a directory; stops at a subdirectory that is still there, and returns it. */
    private @Nullable Long emptyOut(long directory) throws FsException {
        try {
            while (true) {
                List<Map.Entry<Key, Value>> page = transactions.reader().scan(Keys.entries(directory), null, BATCH);
                if (page.isEmpty()) {
                    return null;
                }
                List<Key> files = new ArrayList<>();
                for (Map.Entry<Key, Value> row : page) {
                    if (EntryRecord.decode(row.getValue().bytes()) instanceof EntryRecord.Directory(long below)) {
                        if (transactions.reader().get(Keys.dir(below)) != null) {
                            return below;
                        }
                    }
                    files.add(row.getKey());
                }
                transactions.run(tx -> dropEntries(tx, files));
            }
        } catch (MetaException e) {
            throw Failures.of(e);
        }
    }

    private static boolean dropEntries(Transaction tx, List<Key> entries) throws FsException, MetaException {
        tx.load(entries, List.of());
        for (Key entry : entries) {
            Value value = tx.get(entry);
            if (value == null) {
                continue;
            }
            tx.unchanged(entry);
            tx.delete(entry);
            if (EntryRecord.decode(value.bytes()) instanceof EntryRecord.Embedded(long ino, FileRecord file)) {
                tx.put(Keys.inodeRef(ino), new InodeRef.Full(file.withNlink(0)).encode());
                tx.put(Keys.orphan(ino), new OrphanRecord(Time.EPOCH).encode());
            }
        }
        return true;
    }

    private void dropDirectory(long directory) throws FsException {
        transactions.run(tx -> {
            Value value = tx.get(Keys.dir(directory));
            if (value != null) {
                for (Bytes name : DirRecord.decode(value.bytes()).attributes().largeXattrs()) {
                    tx.delete(Keys.xattr(directory, name));
                }
            }
            tx.delete(Keys.dir(directory));
            tx.delete(Keys.dirParent(directory));
            tx.range(Keys.cells(directory)).keySet().forEach(tx::delete);
            return true;
        });
    }
}
