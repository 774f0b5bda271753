package dev.leat.meta.fs;

import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Value;
import dev.leat.meta.record.DirParent;
import dev.leat.meta.record.DirRecord;
import dev.leat.meta.record.EntryRecord;
import dev.leat.meta.record.FileRecord;
import dev.leat.meta.record.InodeRef;
import dev.leat.meta.record.Keys;
import dev.leat.meta.session.Transaction;
import dev.leat.meta.trash.TrashTree;
import dev.leat.meta.trash.VolumeTrash;
import dev.leat.sys.Errno;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Renames, in one commit. When a directory gets another parent, the commit checks and changes the volume's rename epoch, which was read before
 * the walk up from the new parent: so of two moves that would make a cycle together, one is decided anew.
 */
final class Renames {
    private static final int FLAGS = MetaFs.RENAME_NOREPLACE | MetaFs.RENAME_EXCHANGE;

    private final Client client;
    private final Directories directories;
    private final Lookups lookups;
    private final Removal removal;
    private final Usage usage;

    Renames(Client client, Directories directories, Lookups lookups, Removal removal, Usage usage) {
        this.client = client;
        this.directories = directories;
        this.lookups = lookups;
        this.removal = removal;
        this.usage = usage;
    }

    /** A name in a directory, with what was found there. */
    private record Place(
            long parent,
            Name name,
            DirRecord above,
            @Nullable EntryRecord entry) {
        Key key() {
            return Keys.entry(parent, name);
        }

        boolean inTrash() {
            return TrashTree.isBucket(parent);
        }
    }

    /** See {@link MetaFs#rename}. */
    void rename(long parent, Name name, long newParent, Name newName, int flags, Caller caller) throws FsException {
        if ((flags & ~FLAGS) != 0 || flags == FLAGS) {
            throw new FsException(Errno.EINVAL);
        }
        Time now = client.now();
        long swept = client.transactions().run(tx -> {
            List<Key> keys = new ArrayList<>(List.of(Keys.entry(parent, name), Keys.dir(parent), Keys.dir(newParent)));
            if (!tx.remembers(Keys.entry(parent, name)) || flags == MetaFs.RENAME_EXCHANGE) {
                keys.add(Keys.entry(newParent, newName));
            }
            if (parent != newParent) {
                keys.add(Keys.RENAME_EPOCH);
            }
            tx.load(keys, List.of());
            Place from = place(tx, parent, name, tx.get(Keys.entry(parent, name)));
            // Nothing there, unless known: the commit checks it, and brings back what is in the way.
            Place to = place(tx, newParent, newName, tx.peek(Keys.entry(newParent, newName)));
            EntryRecord source = from.entry;
            EntryRecord target = to.entry;
            if (source == null || to.above.inTrash()) {
                throw new FsException(Errno.ENOENT);
            }
            if (target != null && flags == MetaFs.RENAME_NOREPLACE) {
                throw new FsException(Errno.EEXIST);
            }
            if (flags == MetaFs.RENAME_EXCHANGE && target == null) {
                throw new FsException(Errno.ENOENT);
            }
            if (target != null && source.ino() == target.ino()) {
                return 0L; // Two names of one inode, or one name: both stay, says POSIX.
            }
            requireMovable(tx, from, source, caller);
            if (flags == MetaFs.RENAME_EXCHANGE && target != null) {
                requireMovable(tx, to, target, caller);
                exchange(tx, from, source, to, target, now);
                return 0L;
            }
            return move(tx, from, source, to, target, caller, now);
        });
        removal.sweepCells(swept);
    }

    private Place place(Transaction tx, long parent, Name name, @Nullable Value value)
            throws FsException, MetaException {
        Node.Dir above = client.inodes().directory(tx, parent);
        return new Place(parent, name, above.record(), value == null ? null : EntryRecord.decode(value.bytes()));
    }

    /** EPERM where the sticky bit forbids it. */
    private void requireMovable(Transaction tx, Place place, EntryRecord entry, Caller caller)
            throws FsException, MetaException {
        if (caller.uid() == 0 || (place.above.attributes().mode() & Modes.STICKY) == 0) {
            return;
        }
        switch (entry) {
            case EntryRecord.Embedded(long ino, FileRecord file) ->
                Modes.requireRemovable(place.above, file.attributes(), caller);
            case EntryRecord.Hard(long ino, FileType type) ->
                Modes.requireRemovable(place.above, Removal.hardLinked(tx, ino).attributes(), caller);
            case EntryRecord.Directory(long ino) ->
                Modes.requireRemovable(
                        place.above, client.inodes().directory(tx, ino).attributes(), caller);
        }
    }

    private long move(
            Transaction tx,
            Place from,
            EntryRecord source,
            Place to,
            @Nullable EntryRecord target,
            Caller caller,
            Time now)
            throws FsException, MetaException {
        boolean directory = source instanceof EntryRecord.Directory;
        long swept = 0;
        if (target instanceof EntryRecord.Directory(long victim)) {
            if (!directory) {
                throw new FsException(Errno.EISDIR);
            }
            requireNoCycle(tx, from, source, to);
            if (removal.dropDirectory(tx, to.parent, to.name, victim, to.above, caller, now)) {
                swept = victim;
            }
        } else if (target != null) {
            if (directory) {
                throw new FsException(Errno.ENOTDIR);
            }
            removal.drop(tx, to.parent, to.name, target, to.above, caller, now);
        } else {
            requireNoCycle(tx, from, source, to);
            tx.absent(to.key());
            // Not only that it exists: a removed one does so, in the trash.
            tx.unchanged(Keys.dir(to.parent));
        }
        tx.unchanged(from.key());
        tx.delete(from.key());
        settle(tx, from, source, to, now);
        boolean overDirectory = target instanceof EntryRecord.Directory;
        directories.count(tx, from.parent, -1, directory ? -1 : 0, now);
        directories.count(tx, to.parent, target == null ? 1 : 0, (directory ? 1 : 0) - (overDirectory ? 1 : 0), now);
        return swept;
    }

    private void exchange(Transaction tx, Place from, EntryRecord source, Place to, EntryRecord target, Time now)
            throws FsException, MetaException {
        requireNoCycle(tx, from, source, to);
        requireNoCycle(tx, to, target, from);
        tx.unchanged(from.key());
        tx.unchanged(to.key());
        settle(tx, from, source, to, now);
        settle(tx, to, target, from, now);
        int sourceDirectories = source instanceof EntryRecord.Directory ? 1 : 0;
        int targetDirectories = target instanceof EntryRecord.Directory ? 1 : 0;
        directories.count(tx, from.parent, 0, targetDirectories - sourceDirectories, now);
        directories.count(tx, to.parent, 0, sourceDirectories - targetDirectories, now);
    }

    /** EINVAL where a directory would come to lie inside itself, EXDEV where it would leave its quota. */
    private void requireNoCycle(Transaction tx, Place from, EntryRecord moved, Place to)
            throws FsException, MetaException {
        if (!(moved instanceof EntryRecord.Directory(long ino)) || from.parent == to.parent) {
            return;
        }
        if (from.inTrash()) {
            // What comes out of the trash is empty and stays so until this commit, so nothing can come to lie in
            // itself.
            return;
        }
        if (from.above.quotaRoot() != to.above.quotaRoot()) {
            throw new FsException(Errno.EXDEV, "a directory cannot be moved into or out of a quota; copy it");
        }
        tx.unchanged(Keys.RENAME_EPOCH);
        tx.put(Keys.RENAME_EPOCH, new byte[0]);
        if (lookups.isWithin(to.parent, ino)) {
            throw new FsException(Errno.EINVAL);
        }
    }

    /** Writes an entry to its new place, and all that points back to it. */
    private void settle(Transaction tx, Place from, EntryRecord moved, Place to, Time now)
            throws FsException, MetaException {
        long ino = moved.ino();
        VolumeTrash.leave(tx, from.parent, from.name, ino);
        switch (moved) {
            case EntryRecord.Directory directory -> {
                tx.put(to.key(), moved.encode());
                tx.put(Keys.dirParent(ino), new DirParent(to.parent, to.name).encode());
                directories.touchCtime(tx, ino, now);
                if (from.inTrash()) {
                    Node.Dir own = client.inodes().directory(tx, ino);
                    own.put(tx, own.record().withQuotaRoot(to.above.quotaRoot()));
                    usage.move(tx, 0, to.above.quotaRoot(), 0, 1);
                }
            }
            case EntryRecord.Embedded(long same, FileRecord file) -> {
                tx.put(to.key(), new EntryRecord.Embedded(ino, named(file, now)).encode());
                tx.put(Keys.inodeRef(ino), new InodeRef.At(to.parent, to.name).encode());
                Key key = to.key();
                tx.afterwards(stamp -> client.inodes().remember(ino, key));
                usage.move(tx, from.above.quotaRoot(), to.above.quotaRoot(), file.allocatedBytes(), 1);
            }
            case EntryRecord.Hard hard -> {
                FileRecord file = Removal.hardLinked(tx, ino);
                tx.unchanged(Keys.inodeRef(ino));
                tx.put(Keys.inodeRef(ino), new InodeRef.Full(named(file, now)).encode());
                tx.put(to.key(), moved.encode());
                tx.delete(Keys.link(ino, from.parent, from.name));
                tx.put(Keys.link(ino, to.parent, to.name), new byte[0]);
                if (!from.inTrash() && from.above.quotaRoot() != to.above.quotaRoot() && file.nlink() > 1) {
                    throw Links.acrossQuotas();
                }
                usage.move(tx, from.above.quotaRoot(), to.above.quotaRoot(), file.allocatedBytes(), 1);
            }
        }
    }

    /** A record under its new name, which is its only one where it comes out of the trash. */
    private static FileRecord named(FileRecord file, Time now) {
        return (file.inTrash() ? file.withNlink(1) : file).withCtime(now);
    }
}
