package dev.leat.meta.fs;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Key;
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
import dev.leat.sys.Errno;

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
        long ino = client.writer().nextInode();
        Time now = client.now();
        Key key = Keys.entry(parent, name);
        return client.transactions().run(tx -> {
            Node.Dir above = client.inodes().directory(tx, parent);
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
                return new Entry(ino, Directories.attr(ino, record, DirCell.ZERO));
            }
            FileRecord file = file(node, attributes, 1);
            tx.put(key, new EntryRecord.Embedded(ino, file).encode());
            tx.put(Keys.inodeRef(ino), new InodeRef.At(parent, name).encode());
            tx.afterwards(stamp -> client.inodes().remember(ino, key));
            return new Entry(ino, file.attr(ino));
        });
    }

    /** See {@link MetaFs#createUnnamed}. The new inode is an orphan that this session holds. */
    Entry createUnnamed(long parent, NewNode node, Caller caller) throws FsException {
        client.transactions().requireWritable();
        Session session = client.writer();
        long ino = session.nextInode();
        Time now = client.now();
        return client.transactions().run(tx -> {
            Node.Dir above = client.inodes().directory(tx, parent);
            tx.unchanged(above.key());
            FileRecord file = file(node, Modes.born(above.record(), node, caller, now), 0);
            tx.put(Keys.inodeRef(ino), new InodeRef.Full(file).encode());
            tx.put(Keys.orphan(ino), new OrphanRecord(now).encode());
            tx.put(Keys.hold(ino, session.number()), new byte[0]);
            tx.afterwards(stamp -> open.held(ino));
            return new Entry(ino, file.attr(ino));
        });
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
                Layout.EMPTY);
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
