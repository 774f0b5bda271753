package dev.leat.cli.mount;

import dev.leat.fuse.session.FuseException;
import dev.leat.fuse.session.Request;
import dev.leat.meta.engine.Bytes;
import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.sys.Errno;
import dev.leat.vfs.Vfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Extended attributes as the kernel asks for them. {@code ls -l} asks for two of every file, one after the other: a file system that answers EOPNOTSUPP
 * for one is not asked for it again, and one that answers ENODATA is, for each file. So what is of no use on this mount is not supported.
 *
 * @param vfs the files
 * @param meta their attributes
 * @param acls whether the volume has POSIX ACLs
 * @param labels whether this machine's kernel knows SELinux; else a file without a label of its does not support any, so that who copies labels still can
 */
record ExtendedAttributes(Vfs vfs, MetaFs meta, boolean acls, boolean labels) {
    private static final Logger log = LoggerFactory.getLogger(ExtendedAttributes.class);
    private static final Bytes LABEL = Bytes.of("security.selinux");
    private static final List<Bytes> ACLS = List.of(MetaFs.ACL_ACCESS, MetaFs.ACL_DEFAULT);

    /** Those of a mount on this machine. */
    static ExtendedAttributes of(Vfs vfs, MetaFs meta, boolean acls) {
        return new ExtendedAttributes(vfs, meta, acls, kernelKnowsLabels());
    }

    private static boolean kernelKnowsLabels() {
        try {
            return Files.readString(Path.of("/proc/filesystems")).contains("selinuxfs");
        } catch (IOException e) {
            log.debug("whether the kernel knows SELinux is not known: {}", e.getMessage());
            return true;
        }
    }

    /** From memory and without waiting for anything; null where that does not do. */
    byte @Nullable [] tryGet(long node, byte[] attribute) throws FuseException {
        Bytes name = name(attribute);
        try {
            Bytes known = meta.knownXattr(vfs.nodes().ino(node), name);
            return known == null ? null : known.toArray();
        } catch (FsException e) {
            throw refused(name, e);
        }
    }

    byte[] get(long node, byte[] attribute) throws FuseException {
        Bytes name = name(attribute);
        try {
            return meta.getxattr(vfs.nodes().ino(node), name).toArray();
        } catch (FsException e) {
            throw refused(name, e);
        }
    }

    List<byte[]> list(long node) throws FuseException {
        try {
            return meta.listxattr(vfs.nodes().ino(node)).stream()
                    .filter(name -> acls || !ACLS.contains(name))
                    .map(Bytes::toArray)
                    .toList();
        } catch (FsException e) {
            throw new FuseException(e.errno());
        }
    }

    void set(Request request, byte[] attribute, byte[] value, int flags, Caller caller) throws IOException {
        Bytes name = name(attribute);
        try {
            long ino = vfs.nodes().ino(request.nodeid());
            Resent.change(request, Errno.EEXIST, () -> meta.setxattr(ino, name, Bytes.wrap(value), flags, caller));
        } catch (FsException e) {
            throw new FuseException(e.errno());
        }
    }

    void remove(Request request, byte[] attribute, Caller caller) throws IOException {
        Bytes name = name(attribute);
        try {
            long ino = vfs.nodes().ino(request.nodeid());
            Resent.change(request, Errno.ENODATA, () -> meta.removexattr(ino, name, caller));
        } catch (FsException e) {
            throw new FuseException(e.errno());
        }
    }

    private Bytes name(byte[] attribute) throws FuseException {
        Bytes name = Bytes.wrap(attribute);
        if (!acls && ACLS.contains(name)) {
            throw new FuseException(Errno.EOPNOTSUPP);
        }
        return name;
    }

    private FuseException refused(Bytes name, FsException e) {
        boolean noLabel = !labels && e.errno() == Errno.ENODATA && name.equals(LABEL);
        return new FuseException(noLabel ? Errno.EOPNOTSUPP : e.errno());
    }
}
