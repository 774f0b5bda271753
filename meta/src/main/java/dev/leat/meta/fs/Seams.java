package dev.leat.meta.fs;

import dev.leat.meta.content.BlobIds;
import dev.leat.meta.content.BlobKeys;
import dev.leat.meta.content.Charges;
import dev.leat.meta.content.ContentStore;
import dev.leat.meta.content.Garbage;
import dev.leat.meta.content.InlineSpill;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.feed.FeedReader;
import dev.leat.meta.lock.VolumeLocks;
import dev.leat.meta.session.Session;
import dev.leat.meta.session.Transaction;
import dev.leat.meta.trash.VolumeTrash;
import dev.leat.meta.usage.VolumeUsage;
import dev.leat.store.PutCondition;
import dev.leat.store.blob.BlobStore;
import dev.leat.sys.Errno;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a mounted volume that are not about names and attributes.
 *
 * @param content layouts and blobs
 * @param locks advisory locks
 * @param usage quotas and usage
 * @param trash what keeps removed files
 * @param feed what others change
 * @param forgetLimits makes {@code usage} ask anew which limits there are
 */
record Seams(ContentStore content, LockTable locks, Usage usage, Trash trash, Feed feed, Runnable forgetLimits) {

    /** Those of a client; {@code directories} is what it remembers of them. */
    static Seams of(Client client, @Nullable BlobStore store, DirCache directories) {
        Session session = client.session();
        FeedReader feed = new FeedReader(
                client.reader().engine(),
                id -> session != null && session.record().id() == id,
                client.inodes()::at);
        feed.add(directories);
        feed.addForAll(directories.ownCommits());
        directories.trustWhile(() -> feed.fresh() && (session == null || session.fresh()));
        VolumeUsage usage = new VolumeUsage(client.reader(), session == null ? null : session.number(), feed::fresh);
        feed.addForAll(usage);
        LockTable locks;
        if (session == null) {
            locks = new NoLocks();
        } else {
            VolumeLocks ofVolume = new VolumeLocks(session, client.reader(), feed::fresh);
            feed.add(ofVolume);
            locks = ofVolume;
        }
        Trash trash = Trash.NONE;
        if (session != null) {
            VolumeTrash ofVolume = new VolumeTrash(client, feed::fresh);
            feed.add(ofVolume);
            trash = ofVolume;
        }
        feed.start();
        return new Seams(content(client, store, usage), locks, usage, trash, feed, usage::lost);
    }

    private static ContentStore content(Client client, @Nullable BlobStore store, Usage usage) {
        Session session = client.session();
        // A client without a session makes no blobs.
        BlobIds ids = session == null
                ? new BlobIds(1)
                : new BlobIds(session.record().id(), session.token().base());
        if (session != null) {
            session.lowWater(ids::lowWater);
        }
        BlobKeys keys = new BlobKeys(client.volume().uuid());
        InlineSpill spill = (blob, content) -> {
            if (store == null) {
                throw new IOException("this client of the volume has no store");
            }
            store.put(blob, keys.key(blob), ByteBuffer.wrap(content.unsafeArray()), PutCondition.ALWAYS);
        };
        return new ContentStore(
                client.transactions(),
                ids,
                keys,
                spill,
                new Garbage(),
                new FileCharges(client.inodes(), usage),
                client.clock());
    }

    /** Counts the bytes of files as everything else is counted. */
    private record FileCharges(Inodes inodes, Usage usage) implements Charges {
        @Override
        public long quotaRoot(Transaction tx, Node.File file) throws FsException, MetaException {
            return inodes.quotaRoot(tx, file);
        }

        @Override
        public void charge(Transaction tx, long quotaRoot, long bytes) throws FsException, MetaException {
            usage.charge(tx, quotaRoot, bytes, 0);
        }
    }

    /** No locks of the volume, since a mount without a session can hold none: the kernel keeps them for this mount alone when it is told ENOSYS. */
    private static final class NoLocks implements LockTable {
        @Override
        public @Nullable FileLock getlk(long ino, FileLock wanted) throws FsException {
            throw new FsException(Errno.ENOSYS);
        }

        @Override
        public void setlk(long ino, FileLock lock) throws FsException {
            throw new FsException(Errno.ENOSYS);
        }

        @Override
        public void setlkw(long ino, FileLock lock) throws FsException {
            throw new FsException(Errno.ENOSYS);
        }

        @Override
        public void unlockAll(long ino, FileLock.Kind kind, long owner) {
            // None was taken.
        }

        @Override
        public void close() {
            // None was taken.
        }
    }
}
