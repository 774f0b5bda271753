package dev.leat.meta.fs;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Value;
import dev.leat.meta.record.DirRecord;
import dev.leat.meta.record.EntryRecord;
import dev.leat.meta.record.FileRecord;
import dev.leat.meta.record.InodeRef;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.OrphanRecord;
import dev.leat.meta.session.Transaction;
import dev.leat.meta.trash.VolumeTrash;
import dev.leat.sys.Errno;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Removes names, and what becomes of an inode without one. */
final class Removal {
    private final Client client;
    private final Directories directories;
    private final OpenInodes open;
    private final Usage usage;
    private final Trash trash;

    Removal(Client client, Directories directories, OpenInodes open, Usage usage, Trash trash) {
        this.client = client;
        this.directories = directories;
        this.open = open;
        this.usage = usage;
        this.trash = trash;
    }

    /** See {@link MetaFs#unlink}. */
    void unlink(long parent, Name name, Caller caller) throws FsException {
        Time now = client.now();
        client.transactions().change(tx -> {
            Key key = Keys.entry(parent, name);
            tx.load(List.of(key, Keys.dir(parent)), List.of());
            Value value = tx.get(key);
            if (value == null) {
                client.inodes().directory(tx, parent);
                throw new FsException(Errno.ENOENT);
            }
            EntryRecord entry = EntryRecord.decode(value.bytes());
            if (entry instanceof EntryRecord.Directory) {
                throw new FsException(Errno.EISDIR);
            }
            DirRecord above = dir(tx, parent);
            drop(tx, parent, name, entry, above, caller, now);
            tx.delete(key);
            directories.count(tx, parent, -1, 0, now);
        });
    }

    /**
     * Takes a name from an inode that is no directory, as part of a commit that removes or overwrites the entry: checks the entry, settles
     * the rest.
     */
    void drop(
            Transaction tx,
            long parent,
            Name name,
            EntryRecord entry,
            @Nullable DirRecord above,
            Caller caller,
            Time now)
            throws FsException, MetaException {
        long ino = entry.ino();
        tx.unchanged(Keys.entry(parent, name));
        tx.afterwards(stamp -> client.inodes().forget(ino));
        switch (entry) {
            case EntryRecord.Embedded(long same, FileRecord file) -> {
                Modes.requireRemovable(above, file.attributes(), caller);
                lastName(tx, entry, file, parent, name, above, now);
            }
            case EntryRecord.Hard hard -> {
                FileRecord file = hardLinked(tx, ino);
                Modes.requireRemovable(above, file.attributes(), caller);
                tx.unchanged(Keys.inodeRef(ino));
                tx.delete(Keys.link(ino, parent, name));
                if (file.nlink() > 1) {
                    FileRecord left = file.withNlink(file.nlink() - 1).withCtime(now);
                    tx.put(Keys.inodeRef(ino), new InodeRef.Full(left).encode());
                } else {
                    lastName(tx, entry, file, parent, name, above, now);
                }
            }
            case EntryRecord.Directory directory -> throw new FsException(Errno.EISDIR);
        }
    }

    /** The record of a hard-linked inode. */
    static FileRecord hardLinked(Transaction tx, long ino) throws FsException, MetaException {
        Value ref = tx.get(Keys.inodeRef(ino));
        if (ref != null && InodeRef.decode(ref.bytes()) instanceof InodeRef.Full(FileRecord file)) {
            return file;
        }
        // The entry was read before the inode, and was removed in between.
        throw tx.torn();
    }

    private void lastName(
            Transaction tx,
            EntryRecord entry,
            FileRecord file,
            long parent,
            Name name,
            @Nullable DirRecord above,
            Time now)
            throws FsException, MetaException {
        long ino = entry.ino();
        long quotaRoot = above == null ? 0 : above.quotaRoot();
        if (trash.keep(tx, entry, file, parent, name, now)) {
            usage.move(tx, quotaRoot, 0, file.allocatedBytes(), 1);
            return;
        }
        VolumeTrash.leave(tx, parent, name, ino);
        usage.charge(tx, quotaRoot, -file.allocatedBytes(), -1);
        if (file.type() == FileType.SYMLINK && file.attributes().largeXattrs().isEmpty()) {
            // Cannot be open, so nobody can miss it.
            tx.delete(Keys.inodeRef(ino));
            return;
        }
        tx.put(Keys.inodeRef(ino), new InodeRef.Full(file.withNlink(0).withCtime(now)).encode());
        tx.put(Keys.orphan(ino), new OrphanRecord(now).encode());
        if (open.isOpen(ino)) {
            tx.put(Keys.hold(ino, client.writer().number()), new byte[0]);
            tx.afterwards(stamp -> open.held(ino));
        }
    }

    /** See {@link MetaFs#rmdir}. */
    void rmdir(long parent, Name name, Caller caller) throws FsException {
        Time now = client.now();
        long others = client.transactions().run(tx -> {
            Key key = Keys.entry(parent, name);
            tx.load(List.of(key, Keys.dir(parent)), List.of());
            Value value = tx.get(key);
            if (value == null) {
                client.inodes().directory(tx, parent);
                throw new FsException(Errno.ENOENT);
            }
            if (!(EntryRecord.decode(value.bytes()) instanceof EntryRecord.Directory(long ino))) {
                throw new FsException(Errno.ENOTDIR);
            }
            boolean left = dropDirectory(tx, parent, name, ino, dir(tx, parent), caller, now);
            tx.delete(key);
            directories.count(tx, parent, -1, -1, now);
            return left ? ino : 0L;
        });
        sweepCells(others);
    }

    /**
     * Removes an empty directory, as part of a commit that removes or overwrites its entry.
     *
     * @return whether other sessions worked in it, so that {@link #sweepCells} should look for what they may have left
     */
    boolean dropDirectory(
            Transaction tx, long parent, Name name, long ino, @Nullable DirRecord above, Caller caller, Time now)
            throws FsException, MetaException {
        tx.load(List.of(Keys.dir(ino)), List.of(Keys.cells(ino)));
        Value value = tx.get(Keys.dir(ino));
        if (value == null) {
            throw tx.torn();
        }
        DirRecord record = DirRecord.decode(value.bytes());
        Modes.requireRemovable(above, record.attributes(), caller);
        if (tx.sawUnder(Keys.entries(ino))) {
            throw new FsException(Errno.ENOTEMPTY);
        }
        tx.unchanged(Keys.entry(parent, name));
        // Whatever is made in it checks this key: either that comes first and it is not empty, or it comes too late.
        tx.unchanged(Keys.dir(ino));
        tx.empty(Keys.entries(ino));
        if (record.quotaRoot() == ino) {
            tx.delete(Keys.quota(ino));
            tx.delete(Keys.usage(ino, 0));
        }
        // A directory itself counts towards the quota that it lies in, not towards its own.
        long quotaRoot = above == null ? 0 : above.quotaRoot();
        if (trash.keepDirectory(tx, ino, record, parent, name, now)) {
            usage.move(tx, quotaRoot, 0, 0, 1);
            return false;
        }
        Attr last = directories.attr(tx, new Node.Dir(ino, record, value.stamp()));
        tx.afterwards(stamp -> open.removed(last));
        VolumeTrash.leave(tx, parent, name, ino);
        usage.charge(tx, quotaRoot, 0, -1);
        tx.delete(Keys.dir(ino));
        tx.delete(Keys.dirParent(ino));
        tx.delete(Keys.locks(ino));
        List<Key> cells = new ArrayList<>(tx.range(Keys.cells(ino)).keySet());
        cells.forEach(tx::delete);
        for (Bytes xattr : record.attributes().largeXattrs()) {
            tx.delete(Keys.xattr(ino, xattr));
        }
        return cells.size() > 1;
    }

    /**
     * Removes several names that are no directories, in one commit; those that are gone, or are directories, are left out.
     *
     * @return how many were removed
     */
    int dropAll(long parent, List<Name> names) throws FsException {
        Time now = client.now();
        return client.transactions().runFresh(tx -> {
            List<Key> keys =
                    names.stream().map(name -> Keys.entry(parent, name)).toList();
            tx.load(keys, List.of());
            int dropped = 0;
            for (Name name : names) {
                Key key = Keys.entry(parent, name);
                Value value = tx.get(key);
                if (value == null || EntryRecord.decode(value.bytes()) instanceof EntryRecord.Directory) {
                    continue;
                }
                drop(tx, parent, name, EntryRecord.decode(value.bytes()), dir(tx, parent), Caller.ROOT, now);
                tx.delete(key);
                dropped++;
            }
            if (dropped > 0) {
                directories.count(tx, parent, -dropped, 0, now);
            }
            return dropped;
        });
    }

    /** Removes cells that another session added to a removed directory after they were listed; none can be added now. */
    void sweepCells(long ino) throws FsException {
        if (ino == 0) {
            return;
        }
        client.transactions().change(tx -> {
            for (Key cell : tx.range(Keys.cells(ino)).keySet()) {
                tx.delete(cell);
            }
        });
    }

    private static @Nullable DirRecord dir(Transaction tx, long ino) throws FsException, MetaException {
        Value value = tx.get(Keys.dir(ino));
        return value == null ? null : DirRecord.decode(value.bytes());
    }
}
