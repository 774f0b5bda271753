package dev.leat.meta.fs;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Value;
import dev.leat.meta.record.DirParent;
import dev.leat.meta.record.DirRecord;
import dev.leat.meta.record.EntryRecord;
import dev.leat.meta.record.FileRecord;
import dev.leat.meta.record.InodeRef;
import dev.leat.meta.record.Keys;
import dev.leat.meta.session.Failures;
import dev.leat.meta.session.Transaction;
import dev.leat.sys.Errno;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds names, and the way up. */
final class Lookups {
    private static final Logger LOG = LoggerFactory.getLogger(Lookups.class);

    /** Longest directory, in pages of {@link LookAhead#ROWS_MAX}, of which all names are read because names are asked for that are not there. */
    static final int LISTED_PAGES_MAX = 10;

    private final Client client;
    private final DirCache memory;
    private final LookAhead ahead = new LookAhead();

    Lookups(Client client) {
        this.client = client;
        this.memory = client.inodes().memory();
    }

    /** No read for what is surely known. Else one for a file, a second one for a directory or a hard link. */
    Entry lookup(long parent, Name name) throws FsException {
        Entry known = known(parent, name);
        if (known != null) {
            return known;
        }
        Key key = Keys.entry(parent, name);
        Entry found;
        try {
            found = read(parent, key);
        } catch (FsException e) {
            if (e.errno() == Errno.ENOENT && memory.answers() && ahead.absent(parent)) {
                listAll(parent);
            }
            throw e;
        }
        int rows = memory.answers() ? ahead.missed(parent) : 0;
        if (rows > 0) {
            readAhead(parent, key, rows);
        }
        return found;
    }

    /** See {@link MetaFs#known(long, Name)}. */
    @Nullable
    Entry known(long parent, Name name) throws FsException {
        Key key = Keys.entry(parent, name);
        Value value = memory.sure(key);
        if (value == null) {
            if (memory.absent(key)) {
                throw new FsException(Errno.ENOENT);
            }
            return null;
        }
        try {
            EntryRecord entry = EntryRecord.decode(value.bytes());
            Entry known =
                    switch (entry) {
                        case EntryRecord.Embedded(long ino, FileRecord file) -> {
                            client.inodes().remember(ino, key);
                            yield new Entry(ino, file.attr(ino));
                        }
                        case EntryRecord.Directory(long ino) -> {
                            Attr attr = Directories.known(client.inodes(), ino);
                            yield attr == null ? null : new Entry(ino, attr);
                        }
                        case EntryRecord.Hard hard -> null;
                    };
            if (known != null) {
                ahead.hit(parent);
            }
            return known;
        } catch (MetaException e) {
            throw Failures.of(e);
        }
    }

    /** Reads the entries after a name that was looked up, so that those who want them next find them. */
    private void readAhead(long parent, Key key, int rows) {
        try {
            long began = memory.moment();
            for (Map.Entry<Key, Value> row : client.reader().scan(Keys.entries(parent), key.name(), rows)) {
                memory.seen(row.getKey(), row.getValue(), began);
            }
        } catch (FsException e) {
            // Nobody asked for them yet.
            LOG.debug("entries of directory {} could not be read ahead: {}", parent, e.getMessage());
        } finally {
            ahead.done(parent);
        }
    }

    /** Reads all names of a directory that is not too large, so that those that are not there are known. */
    private void listAll(long directory) {
        WatchedDirectories.Watched watched = memory.watch(directory);
        if (watched == null) {
            return;
        }
        try {
            Bytes after = null;
            for (int i = 0; i < LISTED_PAGES_MAX; i++) {
                long began = memory.moment();
                List<Map.Entry<Key, Value>> page =
                        client.reader().scan(Keys.entries(directory), after, LookAhead.ROWS_MAX);
                page.forEach(row -> memory.seen(row.getKey(), row.getValue(), began));
                List<Bytes> names =
                        page.stream().map(row -> row.getKey().name()).toList();
                if (!memory.list(directory, watched, names)) {
                    return;
                }
                if (page.size() < LookAhead.ROWS_MAX) {
                    memory.listed(directory, watched);
                    return;
                }
                after = names.getLast();
            }
        } catch (FsException e) {
            // Nobody asked for them.
            LOG.debug("the names of directory {} could not be read: {}", directory, e.getMessage());
        }
    }

    private Entry read(long parent, Key key) throws FsException {
        return client.transactions().runFresh(tx -> {
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
