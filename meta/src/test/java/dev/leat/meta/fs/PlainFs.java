package dev.leat.meta.fs;

import dev.leat.sys.Errno;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The names of a POSIX file system in their plainest form: maps in memory, one caller, the super-user. */
final class PlainFs {
    /** An inode. */
    static final class Inode {
        final FileType type;
        int mode;
        int uid;
        int gid;
        int nlink;
        final Map<String, String> xattrs = new TreeMap<>();
        final Map<String, Inode> children = new TreeMap<>();

        @Nullable
        Inode parent;
        /** The number that the real file system gave it. */
        long ino;

        Inode(FileType type, int mode) {
            this.type = type;
            this.mode = mode;
        }

        boolean isDirectory() {
            return type == FileType.DIRECTORY;
        }

        /** Link count as stat shows it. */
        int links() {
            return isDirectory()
                    ? 2
                            + (int) children.values().stream()
                                    .filter(Inode::isDirectory)
                                    .count()
                    : nlink;
        }

        boolean isWithin(Inode ancestor) {
            for (Inode at = this; at != null; at = at.parent == at ? null : at.parent) {
                if (at == ancestor) {
                    return true;
                }
            }
            return false;
        }
    }

    final Inode root = new Inode(FileType.DIRECTORY, 0755);

    PlainFs() {
        root.parent = root;
        root.ino = MetaFs.ROOT;
    }

    /** Every inode that has a name, directories before what is in them. */
    List<Inode> all() {
        List<Inode> found = new ArrayList<>(List.of(root));
        for (int i = 0; i < found.size(); i++) {
            for (Inode child : found.get(i).children.values()) {
                if (!found.contains(child)) {
                    found.add(child);
                }
            }
        }
        return found;
    }

    @Nullable
    Errno create(Inode parent, String name, FileType type, int mode) {
        if (parent.children.containsKey(name)) {
            return Errno.EEXIST;
        }
        Inode made = new Inode(type, type == FileType.SYMLINK ? 0777 : mode);
        made.nlink = 1;
        made.parent = type == FileType.DIRECTORY ? parent : null;
        if ((parent.mode & 02000) != 0) {
            made.gid = parent.gid;
            if (type == FileType.DIRECTORY) {
                made.mode |= 02000;
            }
        }
        parent.children.put(name, made);
        return null;
    }

    @Nullable
    Errno unlink(Inode parent, String name) {
        Inode victim = parent.children.get(name);
        if (victim == null) {
            return Errno.ENOENT;
        }
        if (victim.isDirectory()) {
            return Errno.EISDIR;
        }
        parent.children.remove(name);
        victim.nlink--;
        return null;
    }

    @Nullable
    Errno rmdir(Inode parent, String name) {
        Inode victim = parent.children.get(name);
        if (victim == null) {
            return Errno.ENOENT;
        }
        if (!victim.isDirectory()) {
            return Errno.ENOTDIR;
        }
        if (!victim.children.isEmpty()) {
            return Errno.ENOTEMPTY;
        }
        parent.children.remove(name);
        return null;
    }

    @Nullable
    Errno link(Inode inode, Inode parent, String name) {
        if (inode.isDirectory()) {
            return Errno.EPERM;
        }
        if (parent.children.containsKey(name)) {
            return Errno.EEXIST;
        }
        parent.children.put(name, inode);
        inode.nlink++;
        return null;
    }

    @Nullable
    Errno rename(Inode parent, String name, Inode newParent, String newName, int flags) {
        Inode source = parent.children.get(name);
        Inode target = newParent.children.get(newName);
        if (source == null) {
            return Errno.ENOENT;
        }
        if (target != null && flags == MetaFs.RENAME_NOREPLACE) {
            return Errno.EEXIST;
        }
        if (flags == MetaFs.RENAME_EXCHANGE) {
            return exchange(parent, name, source, newParent, newName, target);
        }
        if (source == target) {
            return null;
        }
        if (target != null && target.isDirectory() && !source.isDirectory()) {
            return Errno.EISDIR;
        }
        if (target != null && !target.isDirectory() && source.isDirectory()) {
            return Errno.ENOTDIR;
        }
        if (source.isDirectory() && newParent.isWithin(source)) {
            return Errno.EINVAL;
        }
        if (target != null && !target.children.isEmpty()) {
            return Errno.ENOTEMPTY;
        }
        parent.children.remove(name);
        newParent.children.put(newName, source);
        if (target != null) {
            target.nlink--;
        }
        if (source.isDirectory()) {
            source.parent = newParent;
        }
        return null;
    }

    private static @Nullable Errno exchange(
            Inode parent, String name, Inode source, Inode newParent, String newName, @Nullable Inode target) {
        if (target == null) {
            return Errno.ENOENT;
        }
        if (source == target) {
            return null;
        }
        if ((source.isDirectory() && newParent.isWithin(source)) || (target.isDirectory() && parent.isWithin(target))) {
            return Errno.EINVAL;
        }
        parent.children.put(name, target);
        newParent.children.put(newName, source);
        if (source.isDirectory()) {
            source.parent = newParent;
        }
        if (target.isDirectory()) {
            target.parent = parent;
        }
        return null;
    }
}
