package dev.leat.meta.fs;

import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Value;
import dev.leat.meta.record.DirRecord;
import dev.leat.meta.record.EntryRecord;
import dev.leat.meta.record.FileRecord;
import dev.leat.meta.record.InodeRef;
import dev.leat.meta.record.Keys;
import dev.leat.meta.session.Failures;
import dev.leat.meta.session.Transaction;
import dev.leat.sys.Errno;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds inodes by number. */
public final class Inodes {
    /** 25 MiB at most; an inode that is forgotten costs one more round trip. */
    private static final int HINTS = 100_000;

    /** An inode whose name changes between two reads as often as this is not found by chance. */
    private static final int LOOKS = 100;

    private final Hints hints = new Hints(HINTS);
    private final DirCache memory;

    Inodes(DirCache memory) {
        this.memory = memory;
    }

    /** What this client remembers of directories and their entries. */
    DirCache memory() {
        return memory;
    }

    /** An inode as it surely is, null if that has to be asked for. */
    @Nullable
    Node known(long ino) throws FsException {
        if (!memory.answers()) {
            return null;
        }
        Key hint = hints.get(ino);
        try {
            if (hint != null) {
                return embedded(ino, hint, memory.sure(hint));
            }
            Value dir = memory.sure(Keys.dir(ino));
            return dir == null ? null : new Node.Dir(ino, DirRecord.decode(dir.bytes()), dir.stamp());
        } catch (MetaException e) {
            throw Failures.of(e);
        }
    }

    /** Remembers in which entry an inode's record is. */
    public void remember(long ino, Key entry) {
        hints.put(ino, entry);
    }

    /** The inode that was last seen at an entry, null if none was. */
    public @Nullable Long at(Key entry) {
        return hints.at(entry);
    }

    /** The entry in which an inode's record was last seen, null if that is not remembered. */
    @Nullable
    Key entry(long ino) {
        return hints.get(ino);
    }

    /** Whether it is remembered in which entry an inode's record is; then it is no directory. */
    public boolean isSeen(long ino) {
        return hints.get(ino) != null;
    }

    /** Forgets where an inode's record was. */
    public void forget(long ino) {
        hints.remove(ino);
    }

    /** An inode; ESTALE when there is none of that number any more, so that the kernel looks its path up again. */
    public Node find(Transaction tx, long ino) throws FsException, MetaException {
        Node node = look(tx, ino);
        if (node == null) {
            throw new FsException(Errno.ESTALE);
        }
        return node;
    }

    /** A directory; ENOENT when it is gone, ENOTDIR when it is something else. */
    public Node.Dir directory(Transaction tx, long ino) throws FsException, MetaException {
        Value value = tx.get(Keys.dir(ino));
        if (value == null) {
            throw new FsException(tx.get(Keys.inodeRef(ino)) == null ? Errno.ENOENT : Errno.ENOTDIR);
        }
        return new Node.Dir(ino, DirRecord.decode(value.bytes()), value.stamp());
    }

    /** An inode that is no directory; EISDIR for one that is, ESTALE when it is gone. */
    public Node.File file(Transaction tx, long ino) throws FsException, MetaException {
        return switch (find(tx, ino)) {
            case Node.File file -> file;
            case Node.Dir dir -> throw new FsException(Errno.EISDIR);
        };
    }

    /** The quota that an inode counts towards: that of the directory of (one of) its names; 0 for the volume only. */
    public long quotaRoot(Transaction tx, Node.File node) throws FsException, MetaException {
        long parent;
        if (node.embedded()) {
            parent = Keys.numberIn(node.key().partition());
        } else {
            Key link = tx.first(Keys.links(node.ino()));
            if (link == null) {
                return 0;
            }
            parent = Keys.linkParent(link.name());
        }
        Value dir = tx.get(Keys.dir(parent));
        return dir == null ? 0 : DirRecord.decode(dir.bytes()).quotaRoot();
    }

    /** Reads, in one round trip, what is needed to find this inode; what else is wanted can be added to the list. */
    public List<Key> keysOf(long ino) {
        List<Key> keys = new ArrayList<>(4);
        Key hint = hints.get(ino);
        if (hint != null) {
            keys.add(hint);
        } else {
            keys.add(Keys.inodeRef(ino));
            keys.add(Keys.dir(ino));
        }
        return keys;
    }

    private @Nullable Node look(Transaction tx, long ino) throws FsException, MetaException {
        Key hint = hints.get(ino);
        if (hint != null) {
            Node.File file = embedded(ino, hint, tx.get(hint));
            if (file != null) {
                return file;
            }
            hints.remove(ino);
        }
        Key ref = Keys.inodeRef(ino);
        for (int i = 0; i < LOOKS; i++) {
            tx.load(List.of(ref, Keys.dir(ino)), List.of());
            Value dir = tx.get(Keys.dir(ino));
            if (dir != null) {
                return new Node.Dir(ino, DirRecord.decode(dir.bytes()), dir.stamp());
            }
            Value value = tx.get(ref);
            if (value == null) {
                return null;
            }
            switch (InodeRef.decode(value.bytes())) {
                case InodeRef.Full(FileRecord file) -> {
                    return new Node.File(ino, ref, false, file, value.stamp());
                }
                case InodeRef.At(long parent, Name name) -> {
                    Key entry = Keys.entry(parent, name);
                    Node.File file = embedded(ino, entry, tx.get(entry));
                    if (file != null) {
                        hints.put(ino, entry);
                        return file;
                    }
                    // It was renamed between the two reads, or one of them is from before a commit that failed.
                    tx.forget(ref);
                    tx.forget(entry);
                }
            }
        }
        throw new FsException(Errno.EIO, "inode " + ino + " could not be found: its name changed " + LOOKS + " times");
    }

    private static Node.@Nullable File embedded(long ino, Key entry, @Nullable Value value) throws MetaException {
        if (value != null
                && EntryRecord.decode(value.bytes()) instanceof EntryRecord.Embedded(long there, FileRecord file)
                && there == ino) {
            return new Node.File(ino, entry, true, file, value.stamp());
        }
        return null;
    }
}
