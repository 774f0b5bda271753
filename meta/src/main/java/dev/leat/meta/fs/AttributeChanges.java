package dev.leat.meta.fs;

import dev.leat.meta.content.ContentStore;
import dev.leat.meta.engine.Cell;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.record.Attributes;
import dev.leat.meta.record.DirCell;
import dev.leat.meta.record.FileRecord;
import dev.leat.meta.record.Keys;
import dev.leat.meta.session.Transaction;
import dev.leat.sys.Errno;
import java.io.UncheckedIOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads and changes attributes. */
final class AttributeChanges {
    private final Client client;
    private final Directories directories;
    private final ContentStore content;

    AttributeChanges(Client client, Directories directories, ContentStore content) {
        this.client = client;
        this.directories = directories;
        this.content = content;
    }

    /** See {@link MetaFs#getattr}. */
    Attr getattr(long ino) throws FsException {
        Attr known = known(ino);
        if (known != null) {
            return known;
        }
        return client.transactions().runFresh(tx -> {
            // The kernel asks for a directory after each change in it, so its cells come along; a file that was seen
            // before has none.
            boolean seen = client.inodes().isSeen(ino);
            long began = client.inodes().memory().moment();
            tx.load(client.inodes().keysOf(ino), seen ? List.of() : List.of(Keys.cells(ino)));
            Node node = client.inodes().find(tx, ino);
            if (!seen && node instanceof Node.Dir) {
                client.inodes().memory().readCells(ino, Directories.cells(tx, ino), began);
            }
            return attr(tx, node);
        });
    }

    /** See {@link MetaFs#known(long)}. */
    @Nullable
    Attr known(long ino) throws FsException {
        return client.inodes().known(ino) instanceof Node.File file
                ? file.record().attr(ino)
                : Directories.known(client.inodes(), ino);
    }

    /** See {@link MetaFs#setattr}. */
    Attr setattr(long ino, SetAttr change, Caller caller) throws FsException {
        client.transactions().requireWritable();
        Time now = client.now();
        if (change.sizeBytes() != null) {
            return resize(ino, change, change.sizeBytes(), caller, now);
        }
        return client.transactions().run(tx -> switch (client.inodes().find(tx, ino)) {
            case Node.Dir dir -> change(tx, dir, change, caller, now);
            case Node.File node -> {
                FileRecord changed = node.record().with(changed(node.attributes(), change, caller, false, now));
                node.put(tx, changed);
                yield changed.attr(ino);
            }
        });
    }

    private Attr resize(long ino, SetAttr change, long size, Caller caller, Time now) throws FsException {
        if (size < 0) {
            throw new FsException(Errno.EINVAL);
        }
        FileView view;
        try {
            view = content.update(
                    ino,
                    List.of(new Edit.Resize(size)),
                    file -> file.with(resized(file.attributes(), change, caller, now)),
                    false);
        } catch (UncheckedIOException e) {
            throw new FsException(Errno.EIO, "a broken ACL of inode " + ino, e);
        }
        if (view == null) {
            FileType type = getattr(ino).type();
            throw new FsException(type == FileType.DIRECTORY ? Errno.EISDIR : Errno.ESTALE);
        }
        return view.attr();
    }

    private static Attributes resized(Attributes before, SetAttr change, Caller caller, Time now) {
        try {
            return changed(before, change, caller, false, now);
        } catch (FsException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Attr attr(Transaction tx, Node node) throws FsException {
        return switch (node) {
            case Node.Dir dir -> directories.attr(tx, dir);
            case Node.File file -> file.record().attr(file.ino());
        };
    }

    private Attr change(Transaction tx, Node.Dir dir, SetAttr change, Caller caller, Time now)
            throws FsException, MetaException {
        Node.Dir changed = new Node.Dir(
                dir.ino(), dir.record().with(changed(dir.attributes(), change, caller, true, now)), dir.stamp());
        dir.put(tx, changed.record());
        DirCell cells = Directories.cells(tx, dir.ino());
        Time mtime = change.mtime();
        if (mtime != null && DirCell.later(mtime, cells.mtimeNanos()).compareTo(mtime) > 0) {
            cells = setBack(tx, dir.ino());
        }
        return Directories.attr(dir.ino(), changed.record(), cells);
    }

    /** Makes the cells forget their modification times, since an earlier one is set: they become one. */
    private static DirCell setBack(Transaction tx, long ino) throws FsException {
        DirCell total = Directories.cells(tx, ino);
        DirCell folded = new DirCell(total.entries(), total.subdirectories(), 0, total.ctimeNanos());
        Key base = Keys.cell(ino, 0);
        for (Key cell : tx.range(Keys.cells(ino)).keySet()) {
            tx.unchanged(cell);
            tx.delete(cell);
        }
        Cell value = folded.toCell();
        tx.unchanged(base);
        tx.put(base, value.encode());
        return folded;
    }

    private static Attributes changed(Attributes before, SetAttr change, Caller caller, boolean directory, Time now)
            throws FsException {
        Attributes after = before;
        Integer mode = change.mode();
        boolean owner = change.uid() != null || change.gid() != null;
        if (owner) {
            after = after.withOwner(or(change.uid(), before.uid()), or(change.gid(), before.gid()));
        }
        if (!directory && (change.killPrivileges() || owner)) {
            after = after.withMode(Modes.withoutPrivileges(after.mode()));
        }
        if (mode != null) {
            after = Modes.chmod(after, mode, caller);
        }
        Time mtime = change.mtime();
        if (mtime == null) {
            mtime = change.sizeBytes() != null ? now : before.mtime();
        }
        Time atime = change.atime();
        return after.withTimes(atime == null ? before.atime() : atime, mtime, now);
    }

    private static int or(@Nullable Integer value, int otherwise) {
        return value == null ? otherwise : value;
    }
}
