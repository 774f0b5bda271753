package dev.leat.meta.fs;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Value;
import dev.leat.meta.record.Attributes;
import dev.leat.meta.record.Keys;
import dev.leat.meta.session.Transaction;
import dev.leat.sys.Errno;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Extended attributes: small ones in the inode's record, large ones under keys of their own; POSIX ACLs by their names. */
final class Xattrs {
    /** The kernel's XATTR_NAME_MAX. */
    static final int NAME_BYTES_MAX = 255;

    /** The kernel's XATTR_SIZE_MAX. */
    static final int VALUE_BYTES_MAX = 64 << 10;

    /** The kernel's XATTR_LIST_MAX: all names with their NULs. */
    static final int LIST_BYTES_MAX = 64 << 10;

    /** A larger value would be read with every lookup for nothing. */
    private static final int SMALL_BYTES_MAX = 256;

    /** All small ones of an inode, names included: what a directory entry can carry without getting slow to list. */
    private static final int SMALL_TOTAL_BYTES_MAX = 1024;

    private static final List<Bytes> NAMESPACES =
            List.of(Bytes.of("user."), Bytes.of("trusted."), Bytes.of("security."));

    private final Client client;

    Xattrs(Client client) {
        this.client = client;
    }

    /** See {@link MetaFs#getxattr}. */
    Bytes get(long ino, Bytes name) throws FsException {
        Bytes known = known(ino, name);
        return known != null
                ? known
                : client.transactions().runFresh(tx -> {
                    tx.load(client.inodes().keysOf(ino), List.of());
                    Node node = client.inodes().find(tx, ino);
                    return require(value(tx, node, name), name);
                });
    }

    /** See {@link MetaFs#knownXattr}. */
    @Nullable
    Bytes known(long ino, Bytes name) throws FsException {
        Node known = client.inodes().known(ino);
        return known == null || known.attributes().largeXattrs().contains(name)
                ? null
                : require(value(known, name), name);
    }

    private static Bytes require(@Nullable Bytes value, Bytes name) throws FsException {
        if (value == null) {
            requireNamespace(name);
            throw new FsException(Errno.ENODATA);
        }
        return value;
    }

    /** See {@link MetaFs#listxattr}. */
    List<Bytes> list(long ino) throws FsException {
        Node known = client.inodes().known(ino);
        if (known != null) {
            return names(known);
        }
        return client.transactions().runFresh(tx -> {
            tx.load(client.inodes().keysOf(ino), List.of());
            return names(client.inodes().find(tx, ino));
        });
    }

    private static List<Bytes> names(Node node) {
        List<Bytes> names = new ArrayList<>(node.attributes().xattrs().keySet());
        names.addAll(node.attributes().largeXattrs());
        if (node.attributes().acl() != null) {
            names.add(MetaFs.ACL_ACCESS);
        }
        if (node instanceof Node.Dir dir && dir.record().defaultAcl() != null) {
            names.add(MetaFs.ACL_DEFAULT);
        }
        names.sort(null);
        return names;
    }

    /** See {@link MetaFs#setxattr}. */
    void set(long ino, Bytes name, Bytes value, int flags, Caller caller) throws FsException {
        client.transactions().requireWritable();
        requireName(name);
        if (value.length() > VALUE_BYTES_MAX) {
            throw new FsException(Errno.E2BIG);
        }
        if ((flags & ~(MetaFs.XATTR_CREATE | MetaFs.XATTR_REPLACE)) != 0) {
            throw new FsException(Errno.EINVAL);
        }
        Time now = client.now();
        client.transactions().change(tx -> {
            Node node = client.inodes().find(tx, ino);
            if (flags != 0) {
                boolean there = value(tx, node, name) != null;
                if (there && (flags & MetaFs.XATTR_CREATE) != 0) {
                    throw new FsException(Errno.EEXIST);
                }
                if (!there && (flags & MetaFs.XATTR_REPLACE) != 0) {
                    throw new FsException(Errno.ENODATA);
                }
            }
            if (isAcl(name)) {
                setAcl(tx, node, name, value, now);
            } else {
                node.put(tx, with(tx, node, name, value).withCtime(now));
            }
        });
    }

    /** See {@link MetaFs#removexattr}. */
    void remove(long ino, Bytes name) throws FsException {
        client.transactions().requireWritable();
        requireName(name);
        Time now = client.now();
        client.transactions().change(tx -> {
            Node node = client.inodes().find(tx, ino);
            if (isAcl(name)) {
                setAcl(tx, node, name, Bytes.EMPTY, now);
                return;
            }
            if (value(tx, node, name) == null) {
                throw new FsException(Errno.ENODATA);
            }
            node.put(tx, without(tx, node, name).withCtime(now));
        });
    }

    private static @Nullable Bytes value(Transaction tx, Node node, Bytes name) throws FsException {
        if (!node.attributes().largeXattrs().contains(name)) {
            return value(node, name);
        }
        Value large = tx.get(Keys.xattr(node.ino(), name));
        return large == null ? null : Bytes.wrap(large.bytes());
    }

    /** The value of an attribute that is in the record, null if there is none. */
    private static @Nullable Bytes value(Node node, Bytes name) {
        if (name.equals(MetaFs.ACL_ACCESS)) {
            return node.attributes().acl();
        }
        if (name.equals(MetaFs.ACL_DEFAULT)) {
            return node instanceof Node.Dir dir ? dir.record().defaultAcl() : null;
        }
        return node.attributes().xattrs().get(name);
    }

    private static Attributes with(Transaction tx, Node node, Bytes name, Bytes value) throws FsException {
        Attributes before = without(tx, node, name);
        SortedMap<Bytes, Bytes> small = new TreeMap<>(before.xattrs());
        List<Bytes> large = new ArrayList<>(before.largeXattrs());
        long smallBytes = (long) name.length() + value.length();
        long listBytes = name.length() + 1L;
        for (var entry : small.entrySet()) {
            smallBytes += entry.getKey().length() + entry.getValue().length();
            listBytes += entry.getKey().length() + 1;
        }
        for (Bytes other : large) {
            listBytes += other.length() + 1;
        }
        if (listBytes > LIST_BYTES_MAX) {
            throw new FsException(Errno.ENOSPC);
        }
        if (value.length() <= SMALL_BYTES_MAX && smallBytes <= SMALL_TOTAL_BYTES_MAX) {
            small.put(name, value);
        } else {
            large.add(name);
            large.sort(null);
            tx.put(Keys.xattr(node.ino(), name), value.toArray());
        }
        return before.withXattrs(small, List.copyOf(large));
    }

    private static Attributes without(Transaction tx, Node node, Bytes name) {
        Attributes before = node.attributes();
        if (before.xattrs().containsKey(name)) {
            SortedMap<Bytes, Bytes> small = new TreeMap<>(before.xattrs());
            small.remove(name);
            return before.withXattrs(small, before.largeXattrs());
        }
        if (before.largeXattrs().contains(name)) {
            List<Bytes> large = new ArrayList<>(before.largeXattrs());
            large.remove(name);
            tx.delete(Keys.xattr(node.ino(), name));
            return before.withXattrs(before.xattrs(), List.copyOf(large));
        }
        return before;
    }

    /** Sets or, with no value, removes an ACL; an access ACL also sets the mode, and is not kept where the mode says it all. */
    private static void setAcl(Transaction tx, Node node, Bytes name, Bytes value, Time now)
            throws FsException, MetaException {
        PosixAcl acl = value.length() == 0 ? null : PosixAcl.parse(value);
        if (acl != null && acl.entries().isEmpty()) {
            acl = null;
        }
        if (name.equals(MetaFs.ACL_DEFAULT)) {
            if (!(node instanceof Node.Dir dir)) {
                if (acl == null) {
                    return;
                }
                throw new FsException(Errno.EACCES);
            }
            Bytes kept = acl == null ? null : acl.toBytes();
            dir.put(tx, dir.record().withDefaultAcl(kept).with(dir.attributes().withCtime(now)));
            return;
        }
        if (node instanceof Node.File file && file.record().type() == FileType.SYMLINK) {
            throw new FsException(Errno.EOPNOTSUPP);
        }
        Attributes attributes = node.attributes().withCtime(now);
        if (acl == null) {
            node.put(tx, attributes.withAcl(null));
            return;
        }
        int mode = (attributes.mode() & ~Modes.PERMISSIONS) | acl.permissions();
        node.put(tx, attributes.withMode(mode).withAcl(acl.isMinimal() ? null : acl.toBytes()));
    }

    private static boolean isAcl(Bytes name) {
        return name.equals(MetaFs.ACL_ACCESS) || name.equals(MetaFs.ACL_DEFAULT);
    }

    private static void requireName(Bytes name) throws FsException {
        if (name.length() == 0 || name.length() > NAME_BYTES_MAX) {
            throw new FsException(Errno.ERANGE);
        }
        requireNamespace(name);
    }

    private static void requireNamespace(Bytes name) throws FsException {
        if (isAcl(name)) {
            return;
        }
        for (Bytes namespace : NAMESPACES) {
            if (name.startsWith(namespace) && name.length() > namespace.length()) {
                return;
            }
        }
        throw new FsException(Errno.EOPNOTSUPP);
    }
}
