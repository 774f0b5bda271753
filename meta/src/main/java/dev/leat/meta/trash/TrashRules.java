package dev.leat.meta.trash;

import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import dev.leat.sys.Errno;

/** What nobody may do to the trash by way of the file system. All of these throw EPERM where it is not allowed. */
public final class TrashRules {
    private static final int SUPER_USER = 0;

    private TrashRules() {}

    /** Whether a name leads to the trash. */
    public static boolean isTrash(long parent, Name name) {
        return parent == MetaFs.ROOT && name.equals(TrashTree.NAME);
    }

    /** For making something, or moving it there: not in the trash, and not under the trash's name. */
    public static void requireMakable(long parent, Name name) throws FsException {
        requireOutside(parent);
        requireOther(parent, name);
    }

    /** For removing something: whatever is in the trash is the super-user's to remove. */
    public static void requireRemovable(long parent, Name name, Caller caller) throws FsException {
        requireOther(parent, name);
        if (TrashTree.isTrash(parent) && caller.uid() != SUPER_USER) {
            throw new FsException(Errno.EPERM);
        }
    }

    /** For moving something away: out of a bucket by the super-user; the buckets themselves stay. */
    public static void requireMovable(long parent, Name name, int flags, Caller caller) throws FsException {
        requireRemovable(parent, name, caller);
        boolean exchange = (flags & MetaFs.RENAME_EXCHANGE) != 0;
        if (parent == MetaFs.TRASH || (exchange && TrashTree.isTrash(parent))) {
            throw new FsException(Errno.EPERM);
        }
    }

    /** For changing attributes of a directory, or making something in it. */
    public static void requireOutside(long ino) throws FsException {
        if (TrashTree.isTrash(ino)) {
            throw new FsException(Errno.EPERM);
        }
    }

    private static void requireOther(long parent, Name name) throws FsException {
        if (isTrash(parent, name)) {
            throw new FsException(Errno.EPERM, TrashTree.NAME + " is where removed files are kept");
        }
    }
}
