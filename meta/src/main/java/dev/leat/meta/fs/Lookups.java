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
import dev.leat.sys.Errno;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds names, and the way up. */
final class Lookups {
    private final Client client;

    Lookups(Client client) {
        this.client = client;
    }

    /** One read for a file, a second one for a directory or a hard link. */
    Entry lookup(long parent, Name name) throws FsException {
        return client.transactions().runFresh(tx -> {
            Key key = Keys.entry(parent, name);
            // The parent comes along for nothing, and what is made in it next need not ask for it.
            tx.load(List.of(key, Keys.dir(parent)), List.of());
            Value value = tx.get(key);
            if (value == null) {
                client.inodes().directory(tx, parent);
                throw new FsException(Errno.ENOENT);
            }
            Entry entry = entry(tx, key, EntryRecord.decode(value.bytes()));
            if (entry == null) {
                throw tx.torn();
            }
            return entry;
        });
    }

    /** A directory that no entry leads to; ENOENT if there is none of that number. */
    Entry directory(long ino) throws FsException {
        return client.transactions().runFresh(tx -> {
            tx.load(List.of(Keys.dir(ino)), List.of(Keys.cells(ino)));
            Node.Dir dir = client.inodes().directory(tx, ino);
            return new Entry(ino, Directories.attr(ino, dir.record(), Directories.cells(tx, ino)));
        });
    }

    /** What an entry leads to; null if that was removed since the entry was read. */
    @Nullable
    Entry entry(Transaction tx, Key key, EntryRecord entry) throws FsException, MetaException {
        long ino = entry.ino();
        return switch (entry) {
            case EntryRecord.Embedded(long same, FileRecord file) -> {
                client.inodes().remember(ino, key);
                yield new Entry(ino, file.attr(ino));
            }
            case EntryRecord.Directory directory -> {
                tx.load(List.of(Keys.dir(ino)), List.of(Keys.cells(ino)));
                Value dir = tx.get(Keys.dir(ino));
                yield dir == null
                        ? null
                        : new Entry(
                                ino, Directories.attr(ino, DirRecord.decode(dir.bytes()), Directories.cells(tx, ino)));
            }
            case EntryRecord.Hard hard -> {
                Value ref = tx.get(Keys.inodeRef(ino));
                yield ref != null && InodeRef.decode(ref.bytes()) instanceof InodeRef.Full(FileRecord file)
                        ? new Entry(ino, file.attr(ino))
                        : null;
            }
        };
    }

    /** Where a directory hangs; ENOENT if it is gone. */
    DirParent parent(long directory) throws FsException {
        return client.transactions().runFresh(tx -> {
            Value value = tx.get(Keys.dirParent(directory));
            if (value == null) {
                client.inodes().directory(tx, directory);
                throw new FsException(Errno.ENOENT);
            }
            return DirParent.decode(value.bytes());
        });
    }

    /**
     * Walks up from a directory. Only sound for a commit that checks the rename epoch as it was read before.
     *
     * @return whether {@code ancestor} is {@code directory} or above it
     */
    boolean isWithin(long directory, long ancestor) throws FsException, MetaException {
        for (long at = directory; ; ) {
            if (at == ancestor) {
                return true;
            }
            if (at == MetaFs.ROOT) {
                return false;
            }
            Value value = client.reader().get(Keys.dirParent(at));
            if (value == null) {
                throw new FsException(Errno.ENOENT);
            }
            long above = DirParent.decode(value.bytes()).parent();
            if (above == at || above == 0) {
                return false;
            }
            at = above;
        }
    }
}
