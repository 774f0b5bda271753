package dev.leat.meta.fs;

import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.record.EntryRecord;
import dev.leat.meta.record.FileRecord;
import dev.leat.meta.record.InodeRef;
import dev.leat.meta.record.Keys;
import dev.leat.meta.session.Transaction;
import dev.leat.sys.Errno;
import java.util.ArrayList;
import java.util.List;

/** Gives inodes more names. With the second one the record leaves its entry for the inode's own key, and stays there for ever. */
final class Links {
    /** Most names of an inode, as on ext4. */
    static final int NLINK_MAX = 65_000;

    private final Client client;
    private final Directories directories;
    private final Usage usage;

    Links(Client client, Directories directories, Usage usage) {
        this.client = client;
        this.directories = directories;
        this.usage = usage;
    }

    /** See {@link MetaFs#link}. */
    Entry link(long ino, long newParent, Name newName) throws FsException {
        Time now = client.now();
        Key target = Keys.entry(newParent, newName);
        return client.transactions().run(tx -> {
            List<Key> keys = new ArrayList<>(client.inodes().keysOf(ino));
            keys.add(Keys.dir(newParent));
            tx.load(keys, List.of());
            Node.Dir above = client.inodes().directory(tx, newParent);
            above.requireNamed();
            Node found = client.inodes().find(tx, ino);
            if (!(found instanceof Node.File node)) {
                throw new FsException(Errno.EPERM);
            }
            if (tx.peek(target) != null) {
                throw new FsException(Errno.EEXIST);
            }
            FileRecord file = node.record();
            if (file.inTrash()) {
                throw new FsException(Errno.ENOENT, "what was removed is put back by a rename out of the trash");
            }
            if (file.nlink() >= NLINK_MAX) {
                throw new FsException(Errno.EMLINK);
            }
            if (file.nlink() > 0) {
                requireSameQuota(tx, node, above);
            }
            FileRecord linked = file.withNlink(file.nlink() + 1).withCtime(now);
            Key ref = Keys.inodeRef(ino);
            tx.unchanged(node.key());
            // Not only that it exists: a removed one does so, in the trash.
            tx.unchanged(above.key());
            tx.absent(target);
            if (node.embedded()) {
                tx.put(node.key(), new EntryRecord.Hard(ino, file.type()).encode());
                long parent = Keys.numberIn(node.key().partition());
                tx.put(Keys.link(ino, parent, Keys.nameIn(node.key().name())), new byte[0]);
                tx.afterwards(stamp -> client.inodes().forget(ino));
            } else if (file.nlink() == 0) {
                tx.delete(Keys.orphan(ino));
                tx.delete(Keys.hold(ino, client.writer().number()));
                usage.charge(tx, above.record().quotaRoot(), file.allocatedBytes(), 1);
            }
            tx.put(ref, new InodeRef.Full(linked).encode());
            tx.put(Keys.link(ino, newParent, newName), new byte[0]);
            tx.put(target, new EntryRecord.Hard(ino, file.type()).encode());
            directories.count(tx, newParent, 1, 0, now);
            return new Entry(ino, linked.attr(ino));
        });
    }

    /** All names of an inode lie in one quota, so that it is clear where it counts whichever of them goes first. */
    private void requireSameQuota(Transaction tx, Node.File node, Node.Dir above) throws FsException, MetaException {
        boolean sameDirectory = node.embedded() && Keys.numberIn(node.key().partition()) == above.ino();
        if (!sameDirectory
                && client.inodes().quotaRoot(tx, node) != above.record().quotaRoot()) {
            throw acrossQuotas();
        }
    }

    static FsException acrossQuotas() {
        return new FsException(Errno.EXDEV, "a file cannot have names in two quotas; copy it");
    }
}
