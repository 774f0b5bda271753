package dev.leat.meta.trash;

import dev.leat.meta.engine.Cell;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.Value;
import dev.leat.meta.fs.Attr;
import dev.leat.meta.fs.Client;
import dev.leat.meta.fs.DirEntry;
import dev.leat.meta.fs.FileType;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.Time;
import dev.leat.meta.record.DirCell;
import dev.leat.meta.record.Keys;
import dev.leat.meta.session.Transaction;
import dev.leat.sys.Errno;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Lists the trash and empties it. Files go in small commits and become inodes without names, so that who has one open can go on; their room comes back with the
 * garbage collection. It can stop between any two commits and be begun again, and several clients may do it at once: what one
 * has removed the others no longer find.
 */
public final class TrashBin {
    private static final int PAGE = 1_000;

    /** Files removed in one commit: each takes up to eight checks and writes of a hundred. */
    private static final int BATCH = 10;

    private final Client client;
    private final TrashDoor door;

    /** The trash of a client's volume. */
    public TrashBin(Client client, TrashDoor door) {
        this.client = client;
        this.door = door;
    }

    /** All buckets, the oldest first. */
    public List<TrashBucket> buckets() throws FsException {
        List<TrashBucket> buckets = new ArrayList<>();
        if (client.reader().get(Keys.dir(MetaFs.TRASH)) == null) {
            return buckets;
        }
        Name after = null;
        while (true) {
            List<DirEntry> page = door.list(MetaFs.TRASH, after, PAGE);
            for (DirEntry entry : page) {
                after = entry.name();
                if (TrashTree.isBucket(entry.ino())) {
                    buckets.add(bucket(entry));
                }
            }
            if (page.size() < PAGE) {
                return buckets;
            }
        }
    }

    private TrashBucket bucket(DirEntry entry) throws FsException {
        DirCell cells = DirCell.total(client.reader().get(List.of(), List.of(Keys.cells(entry.ino()))).values().stream()
                .map(value -> DirCell.of(Cell.decode(value.bytes())))
                .toList());
        return new TrashBucket(entry.ino(), entry.name().toString(), cells.entries(), cells.subdirectories());
    }

    /**
     * A page of what is in a bucket, in the order of its names: what was removed from one directory comes together.
     *
     * @param after the last one of the page before, null for the first page
     * @return fewer than {@code limit} at the end
     */
    public List<TrashItem> items(TrashBucket bucket, @Nullable Name after, int limit) throws FsException {
        List<TrashItem> items = new ArrayList<>();
        for (DirEntry entry : door.list(bucket.ino(), after, limit)) {
            items.add(item(bucket, entry));
        }
        return items;
    }

    private TrashItem item(TrashBucket bucket, DirEntry entry) throws FsException {
        TrashTree.Origin origin = TrashTree.origin(entry.name());
        Name name = origin == null ? entry.name() : origin.name();
        if (TrashTree.mayBeCut(entry.name())) {
            Value whole = client.reader().get(Keys.trashedName(entry.ino()));
            if (whole != null) {
                name = Name.of(whole.bytes());
            }
        }
        Attr attr = entry.attr();
        return new TrashItem(
                bucket,
                entry.name(),
                entry.ino(),
                entry.type(),
                attr == null || entry.type() == FileType.DIRECTORY ? 0 : attr.sizeBytes(),
                attr == null ? Time.EPOCH : attr.ctime(),
                origin == null ? 0 : origin.parent(),
                name);
    }

    /**
     * Empties the buckets that are older than the volume keeps them.
     *
     * @param days what the volume says
     */
    public long expire(int days, BooleanSupplier stopped) throws FsException {
        return empty(client.clock().instant().minus(Duration.ofDays(days)), stopped, removed -> {});
    }

    /** What {@link #expire} would remove. */
    public long expired(int days) throws FsException {
        Instant until = client.clock().instant().minus(Duration.ofDays(days));
        return buckets().stream()
                .filter(bucket -> !bucket.end().isAfter(until))
                .mapToLong(TrashBucket::entries)
                .sum();
    }

    /**
     * Deletes what was removed before an instant, by whole buckets.
     *
     * @param until buckets whose hour was over then; null for all, with that of this hour
     * @param progress told how many entries are gone, now and then
     * @return how many entries are gone
     */
    public long empty(@Nullable Instant until, BooleanSupplier stopped, LongConsumer progress) throws FsException {
        long removed = 0;
        for (TrashBucket bucket : buckets()) {
            if (until != null && bucket.end().isAfter(until)) {
                continue;
            }
            removed = emptyOut(bucket.ino(), removed, stopped, progress);
            // The bucket of this hour is about to be used again.
            if (!stopped.getAsBoolean() && !bucket.end().isAfter(client.clock().instant())) {
                try {
                    remove(Name.of(bucket.name()));
                } catch (FsException e) {
                    if (e.errno() != Errno.ENOTEMPTY && e.errno() != Errno.ENOENT) {
                        throw e;
                    }
                    // A client whose clock is late put something in, or another one was faster.
                }
            }
        }
        return removed;
    }

    private long emptyOut(long bucket, long before, BooleanSupplier stopped, LongConsumer progress) throws FsException {
        long removed = before;
        Name after = null;
        try {
            while (true) {
                List<DirEntry> page = door.list(bucket, after, PAGE);
                List<Name> files = new ArrayList<>(BATCH);
                for (DirEntry entry : page) {
                    if (stopped.getAsBoolean()) {
                        return removed;
                    }
                    after = entry.name();
                    if (entry.type() == FileType.DIRECTORY) {
                        removed += removeDirectory(bucket, entry.name()) ? 1 : 0;
                    } else {
                        files.add(entry.name());
                    }
                    if (files.size() == BATCH) {
                        removed += door.removeFiles(bucket, files);
                        files.clear();
                        progress.accept(removed);
                    }
                }
                if (!files.isEmpty()) {
                    removed += door.removeFiles(bucket, files);
                }
                progress.accept(removed);
                if (page.size() < PAGE) {
                    return removed;
                }
            }
        } catch (FsException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
            // Another client has emptied the bucket and removed it.
            return removed;
        }
    }

    private boolean removeDirectory(long bucket, Name name) throws FsException {
        try {
            door.removeDirectory(bucket, name);
            return true;
        } catch (FsException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
            return false;
        }
    }

    /**
     * Removes an empty bucket. Its counts are checked whole, since the same bucket can come again, and must not find counts of its former life.
     */
    public void remove(Name bucketName) throws FsException {
        Key key = Keys.entry(MetaFs.TRASH, bucketName);
        Long bucket = TrashTree.bucketOf(bucketName.toString());
        if (bucket == null) {
            throw new FsException(Errno.ENOENT);
        }
        client.transactions().change(tx -> {
            List<Key> keys = cells(bucket);
            keys.add(key);
            keys.add(Keys.dir(bucket));
            tx.load(keys, List.of());
            if (tx.get(key) == null) {
                throw new FsException(Errno.ENOENT);
            }
            if (tx.sawUnder(Keys.entries(bucket))) {
                throw new FsException(Errno.ENOTEMPTY);
            }
            dropBucket(tx, bucket, key);
        });
    }

    private void dropBucket(Transaction tx, long bucket, Key key) throws FsException {
        tx.unchanged(key);
        tx.unchanged(Keys.dir(bucket));
        tx.empty(Keys.entries(bucket));
        for (Key cell : cells(bucket)) {
            tx.unchanged(cell);
            if (tx.get(cell) != null) {
                tx.delete(cell);
            }
        }
        tx.delete(key);
        tx.delete(Keys.dir(bucket));
        tx.delete(Keys.dirParent(bucket));
        int cell = DirCell.of(client.writer().number());
        tx.merge(
                Keys.cell(MetaFs.TRASH, cell),
                DirCell.change(-1, -1, client.now()).toCell());
    }

    private static List<Key> cells(long bucket) {
        List<Key> cells = new ArrayList<>(DirCell.CELLS + 2);
        for (int i = 0; i < DirCell.CELLS; i++) {
            cells.add(Keys.cell(bucket, i));
        }
        return cells;
    }
}
