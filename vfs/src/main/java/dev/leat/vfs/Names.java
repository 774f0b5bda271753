package dev.leat.vfs;

import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.Entry;
import dev.leat.meta.fs.FileType;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import dev.leat.sys.Errno;
import org.jspecify.annotations.Nullable;

/**
 * Changes of names that have something to do with bytes. Names are the metadata's and change at once for all clients; under {@code --durability local} the bytes of a file come later. So whoever
 * gives a file its name only when it is complete must find that others see it complete: a file that is renamed or linked is published first, and a directory that is moved with everything that waits.
 */
public final class Names {
    private final MetaFs meta;
    private final Inodes inodes;
    private final Saving saving;
    private final @Nullable LocalDurability local;

    Names(MetaFs meta, Inodes inodes, Saving saving, @Nullable LocalDurability local) {
        this.meta = meta;
        this.inodes = inodes;
        this.saving = saving;
        this.local = local;
    }

    /** As {@link MetaFs#rename}. */
    public void rename(long parent, Name name, long newParent, Name newName, int flags, Caller caller)
            throws FsException {
        if (local == null) {
            meta.rename(parent, name, newParent, newName, flags, caller);
            return;
        }
        settle(find(parent, name));
        Entry replaced = find(newParent, newName);
        if ((flags & MetaFs.RENAME_EXCHANGE) != 0) {
            settle(replaced);
            replaced = null;
        }
        remove(replaced, () -> meta.rename(parent, name, newParent, newName, flags, caller));
    }

    /** As {@link MetaFs#link}. */
    public Entry link(long ino, long newParent, Name newName, Caller caller) throws FsException {
        if (local != null) {
            settle(ino);
        }
        return meta.link(ino, newParent, newName, caller);
    }

    /** As {@link MetaFs#unlink}. */
    public void unlink(long parent, Name name, Caller caller) throws FsException {
        Entry entry = local == null ? null : find(parent, name);
        remove(entry, () -> meta.unlink(parent, name, caller));
    }

    /** Names survive power loss when this returns; what was closed is on its way to the store. */
    public void sync() throws FsException {
        saving.hurry();
        meta.sync();
    }

    private @Nullable Entry find(long parent, Name name) throws FsException {
        try {
            Entry known = meta.known(parent, name);
            return known != null ? known : meta.lookup(parent, name);
        } catch (FsException e) {
            // What is not there, or no directory, is for the change itself to tell.
            if (e.isGone() || e.errno() == Errno.ENOTDIR) {
                return null;
            }
            throw e;
        }
    }

    private void settle(@Nullable Entry entry) throws FsException {
        if (entry == null) {
            return;
        }
        if (entry.attr().type() == FileType.DIRECTORY) {
            // Which of the files that wait are below it is not worth finding out: mostly none waits for long.
            for (OpenInode file : inodes.all()) {
                settle(file);
            }
        } else {
            settle(entry.ino());
        }
    }

    private void settle(long ino) throws FsException {
        OpenInode file = inodes.get(ino);
        if (file != null) {
            settle(file);
        }
    }

    private void settle(OpenInode file) throws FsException {
        if (file.unpublishedBytes() >= 0) {
            saving.publish(file);
        }
    }

    private interface Change {
        void make() throws FsException;
    }

    /**
     * Makes a change that takes a name from {@code entry}. If that is its last one it is noted before: whoever is killed while the change
     * is on its way cannot tell afterwards who made it.
     */
    private void remove(@Nullable Entry entry, Change change) throws FsException {
        if (local == null || entry == null || entry.attr().nlink() != 1) {
            change.make();
            return;
        }
        long ino = entry.ino();
        local.removing(ino);
        try {
            change.make();
        } catch (FsException e) {
            // An error of input or output leaves it open whether the change was made.
            if (e.errno() != Errno.EIO) {
                local.kept(ino);
            }
            throw e;
        }
        // Once more, for what was written meanwhile.
        local.removing(ino);
    }
}
