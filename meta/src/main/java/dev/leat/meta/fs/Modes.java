package dev.leat.meta.fs;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.record.Attributes;
import dev.leat.meta.record.DirRecord;
import dev.leat.sys.Errno;
import org.jspecify.annotations.Nullable;

/** The rules of modes and owners: what a new inode gets, what a change takes away, who may remove what. */
final class Modes {
    static final int SETUID = 04000;
    static final int SETGID = 02000;
    static final int STICKY = 01000;
    static final int GROUP_EXECUTE = 0010;
    static final int ALL = 07777;
    static final int PERMISSIONS = 0777;

    private Modes() {}

    /** What a new inode starts with. */
    static Attributes born(DirRecord parent, NewNode node, Caller caller, Time now) throws FsException {
        Attributes above = parent.attributes();
        boolean directory = node.type() == FileType.DIRECTORY;
        boolean inheritGroup = (above.mode() & SETGID) != 0;
        int gid = inheritGroup ? above.gid() : caller.gid();
        int mode = node.mode() & ALL;
        if (inheritGroup && directory) {
            mode |= SETGID;
        }
        Bytes inherited = node.type() == FileType.SYMLINK ? null : parent.defaultAcl();
        if (inherited == null) {
            if (node.type() != FileType.SYMLINK) {
                mode &= ~node.umask();
            }
            return Attributes.of(mode, caller.uid(), gid, now);
        }
        PosixAcl acl = PosixAcl.parse(inherited).inherit(mode);
        mode = (mode & ~PERMISSIONS) | acl.permissions();
        Attributes attributes = Attributes.of(mode, caller.uid(), gid, now);
        return acl.isMinimal() ? attributes : attributes.withAcl(acl.toBytes());
    }

    /** Attributes after {@code chmod}, its ACL kept in step. */
    static Attributes chmod(Attributes attributes, int newMode, Caller caller) throws FsException {
        int mode = newMode & ALL;
        // The kernel does the same where it knows the caller's groups; here they may be unknown, and then it is
        // trusted.
        boolean stranger = caller.uid() != 0 && caller.groups().length > 0 && !caller.inGroup(attributes.gid());
        if (stranger) {
            mode &= ~SETGID;
        }
        Bytes acl = attributes.acl();
        Attributes changed = attributes.withMode(mode);
        return acl == null
                ? changed
                : changed.withAcl(PosixAcl.parse(acl).chmod(mode).toBytes());
    }

    /** The mode without setuid, and without setgid where that makes a program run as the group. */
    static int withoutPrivileges(int mode) {
        int changed = mode & ~SETUID;
        return (changed & GROUP_EXECUTE) != 0 ? changed & ~SETGID : changed;
    }

    /** EPERM where the directory is sticky and the caller owns neither it nor what is in it. */
    static void requireRemovable(@Nullable DirRecord parent, Attributes victim, Caller caller) throws FsException {
        if (parent == null || caller.uid() == 0 || (parent.attributes().mode() & STICKY) == 0) {
            return;
        }
        if (caller.uid() != parent.attributes().uid() && caller.uid() != victim.uid()) {
            throw new FsException(Errno.EPERM);
        }
    }
}
