package dev.leat.meta.fs;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Stamp;
import dev.leat.meta.record.Attributes;
import dev.leat.meta.record.DirCell;
import dev.leat.meta.record.DirParent;
import dev.leat.meta.record.DirRecord;
import dev.leat.meta.record.EntryRecord;
import dev.leat.meta.record.FileRecord;
import dev.leat.meta.record.InodeRef;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.Layout;
import dev.leat.meta.record.OrphanRecord;
import dev.leat.meta.session.Session;
import dev.leat.meta.session.Transaction;
import dev.leat.sys.Errno;
import java.util.List;
import java.util.function.Consumer;

/** Makes inodes: one commit each, and no read before it where the parent is remembered. */
final class Creation {
    /** Longest target of a symbolic link in bytes: the kernel's PATH_MAX without its NUL. */
    private static final int TARGET_BYTES_MAX = 4095;

    private final Client client;
    private final Directories directories;
    private final OpenInodes open;
    private final Usage usage;

    Creation(Client client, Directories directories, OpenInodes open, Usage usage) {
        this.client = client;
        this.directories = directories;
        this.open = open;
        this.usage = usage;
    }

    /** See {@link MetaFs#create}. */
    Entry create(long parent, Name name, NewNode node, Caller caller) throws FsException {
        client.transactions().requireWritable();
        requireSound(node);
        return create(client.writer().nextInode(), parent, name, node, caller, _ -> {});
    }

    private Entry create(long ino, long parent, Name name, NewNode node, Caller caller, Consumer<Stamp> afterwards)
            throws FsException {
        Time now = client.now();
        Key key = Keys.entry(parent, name);
        return client.transactions().run(tx -> {
            Node.Dir above = parent(tx, parent);
            if (tx.peek(key) != null) {
                throw new FsException(Errno.EEXIST);
            }
            Attributes attributes = Modes.born(above.record(), node, caller, now);
            tx.unchanged(above.key());
            tx.absent(key);
            boolean directory = node.type() == FileType.DIRECTORY;
            directories.count(tx, parent, 1, directory ? 1 : 0, now);
            usage.charge(tx, above.record().quotaRoot(), 0, 1);
            if (directory) {
                DirRecord record = new DirRecord(
                        attributes, above.record().defaultAcl(), above.record().quotaRoot());
                tx.put(key, new EntryRecord.Directory(ino).encode());
                tx.put(Keys.dir(ino), record.encode());
                tx.put(Keys.dirParent(ino), new DirParent(parent, name).encode());
                tx.born(ino);
                return new Entry(ino, Directories.attr(ino, record, DirCell.ZERO));
            }
            FileRecord file = file(node, attributes, 1);
            tx.put(key, new EntryRecord.Embedded(ino, file).encode());
            tx.put(Keys.inodeRef(ino), new InodeRef.At(parent, name).encode());
            tx.afterwards(stamp -> client.inodes().remember(ino, key));
            tx.afterwards(afterwards);
            return new Entry(ino, file.attr(ino));
        });
    }

    /** See {@link MetaFs#createOpen}. */
    FileView createOpen(long parent, Name name, NewNode node, Caller caller) throws FsException {
        client.transactions().requireWritable();
        requireSound(node);
        return opened(
                client.writer().nextInode(), (ino, afterwards) -> create(ino, parent, name, node, caller, afterwards));
    }

    /** Makes one regular file, and tells the stamp of its record. */
    private interface Make {
        Entry make(long ino, Consumer<Stamp> afterwards) throws FsException;
    }

    /** The view of a file that is open from its first moment: whoever unlinks it here puts a hold on it in the same commit. */
    private FileView opened(long ino, Make make) throws FsException {
        open.opened(ino);
        boolean done = false;
        try {
            Stamp[] stamp = {new Stamp(0, 0)};
            Entry made = make.make(ino, written -> stamp[0] = written);
            done = true;
            return new FileView(made.attr(), stamp[0], ContentVersion.NEW, null, List.of());
        } finally {
            if (!done) {
                open.closed(ino);
            }
        }
    }

    /** See {@link MetaFs#createUnnamed}. The new inode is an orphan that this session holds. */
    FileView createUnnamed(long parent, NewNode node, Caller caller) throws FsException {
        client.transactions().requireWritable();
        return opened(
                client.writer().nextInode(), (ino, afterwards) -> createUnnamed(ino, parent, node, caller, afterwards));
    }

    private Entry createUnnamed(long ino, long parent, NewNode node, Caller caller, Consumer<Stamp> afterwards)
            throws FsException {
        Session session = client.writer();
        Time now = client.now();
        return client.transactions().run(tx -> {
            Node.Dir above = parent(tx, parent);
            tx.unchanged(above.key());
            FileRecord file = file(node, Modes.born(above.record(), node, caller, now), 0);
            tx.put(Keys.inodeRef(ino), new InodeRef.Full(file).encode());
            tx.put(Keys.orphan(ino), new OrphanRecord(now).encode());
            tx.put(Keys.hold(ino, session.number()), new byte[0]);
            tx.afterwards(stamp -> open.held(ino));
            tx.afterwards(afterwards);
            return new Entry(ino, file.attr(ino));
        });
    }

    private Node.Dir parent(Transaction tx, long parent) throws FsException, MetaException {
        Node.Dir above = client.inodes().directory(tx, parent);
        above.requireNamed();
        return above;
    }

    private static FileRecord file(NewNode node, Attributes attributes, int nlink) {
        Bytes target = node.target();
        return new FileRecord(
                node.type(),
                attributes,
                nlink,
                node.rdev(),
                target == null ? 0 : target.length(),
                0,
                target,
                Layout.EMPTY,
                ContentVersion.NEW);
    }

    private static void requireSound(NewNode node) throws FsException {
        Bytes target = node.target();
        if ((node.type() == FileType.SYMLINK) != (target != null)) {
            throw new FsException(Errno.EINVAL);
        }
        if (target != null && target.length() == 0) {
            throw new FsException(Errno.ENOENT);
        }
        if (target != null && target.length() > TARGET_BYTES_MAX) {
            throw new FsException(Errno.ENAMETOOLONG);
        }
    }
}
