package dev.leat.meta.trash;

import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Value;
import dev.leat.meta.feed.KeyWatch;
import dev.leat.meta.fs.Client;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.Time;
import dev.leat.meta.fs.Trash;
import dev.leat.meta.record.Attributes;
import dev.leat.meta.record.DirCell;
import dev.leat.meta.record.DirParent;
import dev.leat.meta.record.DirRecord;
import dev.leat.meta.record.EntryRecord;
import dev.leat.meta.record.FileRecord;
import dev.leat.meta.record.InodeRef;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.VolumeRecord;
import dev.leat.meta.session.Failures;
import dev.leat.meta.session.Transaction;
import dev.leat.sys.Errno;
import java.util.function.BooleanSupplier;

/**
 * Keeps what is removed, in the commit that removes it: a name in the bucket of the hour instead of an orphan. A bucket that this client knows costs a check that
 * it exists and a merge into its counts; the first removal of an hour makes it.
 *
 * <p>What lies in the trash has no name any more as far as POSIX is concerned: {@code stat} shows a link count of 0, and in a removed
 * directory nothing can be made. For the latter the directory's record is written anew, so that whoever is about to make something in it fails.
 *
 * <p>For how long the volume keeps things is remembered, and forgotten when the feed says that the volume's record changed.
 */
public final class VolumeTrash implements Trash, KeyWatch {
    /** Only the super-user may look: what others removed is none of a user's business. */
    private static final int MODE = 0500;

    private static final int UNKNOWN = -1;
    private static final long UNFRESH_NANOS = 1_000_000_000L;

    private final Client client;
    private final BooleanSupplier feedFresh;
    private volatile int days = UNKNOWN;
    private volatile long forgottenAt = System.nanoTime();

    /**
     * The trash of a client's volume.
     *
     * @param feedFresh whether {@link #changed} is called for every change
     */
    public VolumeTrash(Client client, BooleanSupplier feedFresh) {
        this.client = client;
        this.feedFresh = feedFresh;
    }

    @Override
    public int days() throws FsException {
        if (!feedFresh.getAsBoolean() && System.nanoTime() - forgottenAt > UNFRESH_NANOS) {
            lost();
        }
        int known = days;
        if (known != UNKNOWN) {
            return known;
        }
        long began = forgottenAt;
        Value value = client.reader().get(Keys.VOLUME_RECORD);
        if (value == null) {
            throw new FsException(Errno.EIO, "the volume was destroyed");
        }
        int now;
        try {
            now = Math.max(0, VolumeRecord.decode(value.bytes()).trashDays());
        } catch (MetaException e) {
            throw Failures.of(e);
        }
        days = now;
        if (began != forgottenAt) {
            // It changed while it was read.
            days = UNKNOWN;
        }
        return now;
    }

    @Override
    public boolean keep(Transaction tx, EntryRecord entry, FileRecord file, long parent, Name name, Time now)
            throws FsException, MetaException {
        if (TrashTree.isTrash(parent) || days() == 0) {
            return false;
        }
        long ino = entry.ino();
        long bucket = bucket(tx, now);
        Name kept = enter(tx, parent, ino, name);
        FileRecord removed = file.withNlink(FileRecord.IN_TRASH).withCtime(now);
        Key key = Keys.entry(bucket, kept);
        if (entry instanceof EntryRecord.Hard) {
            tx.put(key, entry.encode());
            tx.put(Keys.inodeRef(ino), new InodeRef.Full(removed).encode());
            tx.put(Keys.link(ino, bucket, kept), new byte[0]);
        } else {
            tx.put(key, new EntryRecord.Embedded(ino, removed).encode());
            tx.put(Keys.inodeRef(ino), new InodeRef.At(bucket, kept).encode());
            tx.afterwards(stamp -> client.inodes().remember(ino, key));
        }
        count(tx, bucket, 1, 0, now);
        return true;
    }

    @Override
    public boolean keepDirectory(Transaction tx, long ino, DirRecord record, long parent, Name name, Time now)
            throws FsException, MetaException {
        if (TrashTree.isTrash(parent) || days() == 0) {
            return false;
        }
        long bucket = bucket(tx, now);
        Name kept = enter(tx, parent, ino, name);
        tx.put(Keys.dir(ino), record.withQuotaRoot(MetaFs.TRASH).encode());
        tx.put(Keys.dirParent(ino), new DirParent(bucket, kept).encode());
        tx.put(Keys.entry(bucket, kept), new EntryRecord.Directory(ino).encode());
        count(tx, bucket, 1, 1, now);
        return true;
    }

    /** An entry leaves the trash, if it was in it at all: removes what only its stay needed. */
    public static void leave(Transaction tx, long parent, Name name, long ino) {
        if (TrashTree.isBucket(parent) && TrashTree.mayBeCut(name)) {
            tx.delete(Keys.trashedName(ino));
        }
    }

    private static Name enter(Transaction tx, long parent, long ino, Name name) {
        if (TrashTree.isCut(parent, ino, name)) {
            tx.put(Keys.trashedName(ino), name.bytes().toArray());
        }
        return TrashTree.entryName(parent, ino, name);
    }

    /** The bucket of the hour, made if it is not there. */
    private long bucket(Transaction tx, Time now) throws FsException {
        long bucket = TrashTree.bucket(now);
        if (tx.get(Keys.dir(bucket)) != null) {
            tx.exists(Keys.dir(bucket));
            return bucket;
        }
        Name name = TrashTree.bucketName(bucket);
        make(tx, bucket, new DirParent(MetaFs.TRASH, name), now);
        tx.put(Keys.entry(MetaFs.TRASH, name), new EntryRecord.Directory(bucket).encode());
        count(tx, MetaFs.TRASH, 1, 1, now);
        if (tx.get(Keys.dir(MetaFs.TRASH)) == null) {
            make(tx, MetaFs.TRASH, new DirParent(MetaFs.ROOT, null), now);
        }
        return bucket;
    }

    private static void make(Transaction tx, long ino, DirParent parent, Time now) {
        tx.absent(Keys.dir(ino));
        tx.put(Keys.dir(ino), new DirRecord(Attributes.of(MODE, 0, 0, now), null, 0).encode());
        tx.put(Keys.dirParent(ino), parent.encode());
    }

    private void count(Transaction tx, long ino, long entries, long subdirectories, Time now) throws FsException {
        int cell = DirCell.of(client.writer().number());
        tx.merge(
                Keys.cell(ino, cell),
                DirCell.change(entries, subdirectories, now).toCell());
    }

    @Override
    public void changed(Key key) {
        if (key.equals(Keys.VOLUME_RECORD)) {
            lost();
        }
    }

    @Override
    public void lost() {
        forgottenAt = System.nanoTime();
        days = UNKNOWN;
    }
}
