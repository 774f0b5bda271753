package dev.leat.cli.mount;

import dev.leat.fuse.session.FuseException;
import dev.leat.fuse.session.FuseOperations;
import dev.leat.fuse.session.Negotiated;
import dev.leat.fuse.session.Notifier;
import dev.leat.fuse.session.ReadReply;
import dev.leat.fuse.session.Request;
import dev.leat.fuse.wire.AttrOut;
import dev.leat.fuse.wire.CopyRangeIn;
import dev.leat.fuse.wire.CreateIn;
import dev.leat.fuse.wire.CreateOut;
import dev.leat.fuse.wire.DirectoryBuffer;
import dev.leat.fuse.wire.EntryOut;
import dev.leat.fuse.wire.Fuse;
import dev.leat.fuse.wire.LockIn;
import dev.leat.fuse.wire.LockRange;
import dev.leat.fuse.wire.OpenOut;
import dev.leat.fuse.wire.ReadDirIn;
import dev.leat.fuse.wire.ReadIn;
import dev.leat.fuse.wire.ReleaseIn;
import dev.leat.fuse.wire.SetAttrIn;
import dev.leat.fuse.wire.StatfsOut;
import dev.leat.fuse.wire.WriteIn;
import dev.leat.meta.engine.Bytes;
import dev.leat.meta.fs.Attr;
import dev.leat.meta.fs.Caller;
import dev.leat.meta.fs.DirEntry;
import dev.leat.meta.fs.Entry;
import dev.leat.meta.fs.FileType;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.FsStat;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.NewNode;
import dev.leat.meta.fs.SetAttr;
import dev.leat.meta.fs.Time;
import dev.leat.meta.trash.TrashRules;
import dev.leat.meta.trash.TrashTree;
import dev.leat.sys.Errno;
import dev.leat.sys.Open;
import dev.leat.vfs.Vfs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Answers the kernel's requests from a volume: translates, and decides how long the kernel may remember an answer. No
 * logic of the file system lives here.
 */
final class FuseVfs implements FuseOperations {
    /** Unit in which statfs counts, in bytes. */
    private static final int FRAGMENT_BYTES = 4096;

    /** The flags of {@code open(2)} that tell reading from writing; 0 is reading alone. */
    private static final int ACCESS_MODE = 3;

    private final Vfs vfs;
    private final MetaFs meta;
    private final KernelCache kernelCache;
    private final VirtualFiles virtual;
    private final Clock clock;
    private final boolean readOnly;
    private final Resent resent;
    private final FileLocks locks;
    private final ExtendedAttributes xattrs;

    FuseVfs(
            Vfs vfs,
            MetaFs meta,
            KernelCache kernelCache,
            VirtualFiles virtual,
            Clock clock,
            boolean readOnly,
            boolean acls,
            Resent resent) {
        this.resent = resent;
        this.xattrs = ExtendedAttributes.of(vfs, meta, acls);
        this.vfs = vfs;
        this.meta = meta;
        this.kernelCache = kernelCache;
        this.virtual = virtual;
        this.clock = clock;
        this.readOnly = readOnly;
        this.locks = new FileLocks(vfs, meta, kernelCache);
    }

    @Override
    public void started(Negotiated negotiated, Notifier notifier) {
        kernelCache.started(notifier);
    }

    FileLocks locks() {
        return locks;
    }

    private interface Call<T> {
        T run() throws IOException;
    }

    /** Runs a call and turns the file system's errors into the kernel's. */
    private static <T> T answer(Call<T> call) throws IOException {
        try {
            return call.run();
        } catch (FsException e) {
            throw new FuseException(e.errno());
        }
    }

    private interface Command {
        void run() throws IOException;
    }

    private static void perform(Command command) throws IOException {
        try {
            command.run();
        } catch (FsException e) {
            throw new FuseException(e.errno());
        }
    }

    private static Caller caller(Request request) {
        dev.leat.fuse.session.Caller caller = request.caller();
        return new Caller(caller.uid(), caller.gid(), caller.pid(), request.extensionGroups());
    }

    // Names.

    @Override
    public EntryOut lookup(Request request, byte[] name) throws IOException {
        EntryOut own = virtual.lookup(request, name);
        if (own != null) {
            return own;
        }
        long began = kernelCache.begin();
        try {
            return entry(vfs.lookup(request.nodeid(), Name.of(name)), ttlNanos(request.nodeid(), began));
        } catch (FsException e) {
            if (e.errno() == Errno.ENOENT && !TrashRules.isTrash(request.nodeid(), new Name(Bytes.wrap(name)))) {
                return EntryOut.negative(ttlNanos(request.nodeid(), began));
            }
            throw new FuseException(e.errno());
        }
    }

    @Override
    public @Nullable EntryOut tryLookup(Request request, byte[] name) throws IOException {
        // Names that only this mount has lie in the root.
        if (request.nodeid() == MetaFs.ROOT || TrashTree.isTrash(request.nodeid())) {
            return null;
        }
        long began = kernelCache.begin();
        try {
            Entry known = vfs.tryLookup(request.nodeid(), Name.of(name));
            return known == null ? null : entry(known, kernelCache.ttlNanos(began));
        } catch (FsException e) {
            if (e.errno() == Errno.ENOENT) {
                return EntryOut.negative(kernelCache.ttlNanos(began));
            }
            throw new FuseException(e.errno());
        }
    }

    @Override
    public @Nullable AttrOut tryGetattr(Request request, @Nullable Long fh) throws IOException {
        if (VirtualFiles.owns(request.nodeid()) || TrashTree.isTrash(request.nodeid())) {
            return null;
        }
        long began = kernelCache.begin();
        try {
            Attr known = vfs.tryAttr(request.nodeid());
            return known == null ? null : Replies.attrOut(known, ttlNanos(request.nodeid(), began));
        } catch (FsException e) {
            throw new FuseException(e.errno());
        }
    }

    @Override
    public byte @Nullable [] tryGetxattr(Request request, byte[] name) throws IOException {
        return VirtualFiles.owns(request.nodeid()) ? null : xattrs.tryGet(request.nodeid(), name);
    }

    /** The answer to a lookup, which the kernel takes a reference to the node by. */
    private EntryOut entry(Entry entry, long ttlNanos) {
        long node = vfs.nodes().node(entry.ino());
        vfs.nodes().lookedUp(node);
        return Replies.entry(node, entry.attr(), ttlNanos);
    }

    @Override
    public void forget(long nodeid, long count) {
        vfs.nodes().forgotten(nodeid, count);
    }

    /** How long the kernel may keep what it is told about an inode, or a name in it. */
    private long ttlNanos(long nodeid, long began) {
        // Removals and the emptying of the trash by this very mount are not announced, nor that replaced content is let
        // go of.
        return TrashTree.isTrash(nodeid) || vfs.nodes().isOld(nodeid) ? 0 : kernelCache.ttlNanos(began);
    }

    @Override
    public AttrOut getattr(Request request, @Nullable Long fh) throws IOException {
        if (VirtualFiles.owns(request.nodeid())) {
            return virtual.getattr(request, fh);
        }
        long began = kernelCache.begin();
        return answer(() -> Replies.attrOut(vfs.attr(request.nodeid()), ttlNanos(request.nodeid(), began)));
    }

    @Override
    public AttrOut setattr(Request request, SetAttrIn in) throws IOException {
        VirtualFiles.refuse(request.nodeid());
        long began = kernelCache.begin();
        Time now = Time.now(clock);
        SetAttr change = new SetAttr(
                in.has(Fuse.FATTR_MODE) ? in.mode() & 07777 : null,
                in.has(Fuse.FATTR_UID) ? in.uid() : null,
                in.has(Fuse.FATTR_GID) ? in.gid() : null,
                in.has(Fuse.FATTR_SIZE) ? in.size() : null,
                in.has(Fuse.FATTR_ATIME_NOW)
                        ? now
                        : in.has(Fuse.FATTR_ATIME) ? new Time(in.atimeSec(), in.atimeNsec()) : null,
                in.has(Fuse.FATTR_MTIME_NOW)
                        ? now
                        : in.has(Fuse.FATTR_MTIME) ? new Time(in.mtimeSec(), in.mtimeNsec()) : null,
                in.has(Fuse.FATTR_KILL_SUIDGID));
        return answer(() -> Replies.attrOut(
                vfs.setattr(vfs.nodes().ino(request.nodeid()), change, caller(request)), kernelCache.ttlNanos(began)));
    }

    @Override
    public byte[] readlink(Request request) throws IOException {
        return answer(() -> meta.readlink(request.nodeid()).toArray());
    }

    private EntryOut make(Request request, byte[] name, NewNode node) throws IOException {
        VirtualFiles.refuse(request.nodeid(), name, Errno.EEXIST);
        long began = kernelCache.begin();
        return answer(() -> {
            Name checked = Name.of(name);
            Entry made = resent.make(
                    request,
                    request.nodeid(),
                    checked,
                    meta::made,
                    () -> meta.create(request.nodeid(), checked, node, caller(request)));
            return Replies.entry(made, kernelCache.ttlNanos(began));
        });
    }

    @Override
    public EntryOut symlink(Request request, byte[] name, byte[] target) throws IOException {
        return make(request, name, NewNode.symlink(Bytes.wrap(target)));
    }

    @Override
    public EntryOut mknod(Request request, byte[] name, int mode, int rdev, int umask) throws IOException {
        FileType type;
        try {
            type = FileType.ofMode(mode);
        } catch (IllegalArgumentException e) {
            throw new FuseException(Errno.EINVAL);
        }
        return make(request, name, new NewNode(type, mode & 07777, umask, rdev, null));
    }

    @Override
    public EntryOut mkdir(Request request, byte[] name, int mode, int umask) throws IOException {
        return make(request, name, NewNode.directory(mode & 07777, umask));
    }

    @Override
    public void unlink(Request request, byte[] name) throws IOException {
        VirtualFiles.refuse(request.nodeid(), name, Errno.EPERM);
        perform(() -> Resent.change(
                request, Errno.ENOENT, () -> vfs.names().unlink(request.nodeid(), Name.of(name), caller(request))));
    }

    @Override
    public void rmdir(Request request, byte[] name) throws IOException {
        perform(() -> Resent.change(
                request, Errno.ENOENT, () -> meta.rmdir(request.nodeid(), Name.of(name), caller(request))));
    }

    @Override
    public void rename(Request request, byte[] name, long newParent, byte[] newName, int flags) throws IOException {
        VirtualFiles.refuse(request.nodeid(), name, Errno.EPERM);
        VirtualFiles.refuse(newParent, newName, Errno.EPERM);
        if ((flags & ~(Fuse.RENAME_NOREPLACE | Fuse.RENAME_EXCHANGE)) != 0) {
            throw new FuseException(Errno.EINVAL);
        }
        perform(() -> {
            Name from = Name.of(name);
            Name to = Name.of(newName);
            Resent.Change rename =
                    () -> vfs.names().rename(request.nodeid(), from, newParent, to, flags, caller(request));
            if ((flags & Fuse.RENAME_EXCHANGE) != 0) {
                resent.exchange(request, request.nodeid(), from, newParent, to, rename);
            } else {
                Resent.change(request, Errno.ENOENT, rename);
            }
        });
    }

    @Override
    public EntryOut link(Request request, long nodeid, byte[] newName) throws IOException {
        VirtualFiles.refuse(nodeid);
        VirtualFiles.refuse(request.nodeid(), newName, Errno.EEXIST);
        long began = kernelCache.begin();
        return answer(() -> {
            Name checked = Name.of(newName);
            long ino = vfs.nodes().ino(nodeid);
            Entry entry = resent.make(
                    request,
                    request.nodeid(),
                    checked,
                    made -> made == ino,
                    () -> vfs.names().link(ino, request.nodeid(), checked, caller(request)));
            return Replies.entry(new Entry(entry.ino(), vfs.getattr(entry.ino())), kernelCache.ttlNanos(began));
        });
    }

    // Open files.

    @Override
    public OpenOut open(Request request, int flags, int openFlags) throws IOException {
        if (VirtualFiles.owns(request.nodeid())) {
            return virtual.open(request, flags);
        }
        if (readOnly && (flags & (ACCESS_MODE | Open.TRUNC)) != 0) {
            // The kernel refuses this itself, unless root has remounted it.
            throw new FuseException(Errno.EROFS);
        }
        return answer(() ->
                openOut(vfs.open(request.nodeid(), flags, (openFlags & Fuse.OPEN_KILL_SUIDGID) != 0, caller(request))));
    }

    private static OpenOut openOut(Vfs.Opened opened) {
        if (opened.passthrough() != 0) {
            int flags = Fuse.FOPEN_PASSTHROUGH | (opened.direct() ? Fuse.FOPEN_DIRECT_IO : 0);
            return new OpenOut(opened.handle(), flags, opened.passthrough());
        }
        return new OpenOut(opened.handle(), opened.keepCache() ? Fuse.FOPEN_KEEP_CACHE : 0);
    }

    @Override
    public CreateOut create(Request request, byte[] name, CreateIn in) throws IOException {
        VirtualFiles.refuse(request.nodeid(), name, Errno.EEXIST);
        long began = kernelCache.begin();
        NewNode node = NewNode.file(in.mode() & 07777, in.umask());
        return answer(() -> {
            Name checked = Name.of(name);
            try {
                Vfs.Created made = vfs.create(request.nodeid(), checked, node, in.flags(), caller(request));
                return new CreateOut(Replies.entry(made.entry(), kernelCache.ttlNanos(began)), openOut(made.opened()));
            } catch (FsException e) {
                boolean exclusive = (in.flags() & Open.EXCL) != 0;
                if (e.errno() != Errno.EEXIST || (exclusive && !request.resent())) {
                    throw e;
                }
                // Another client was first, or the daemon before this one: open what it made.
                Entry entry = vfs.lookup(request.nodeid(), checked);
                if (exclusive && !meta.made(entry.ino())) {
                    throw e;
                }
                Vfs.Opened opened = vfs.open(vfs.nodes().node(entry.ino()), in.flags(), false, caller(request));
                return new CreateOut(entry(entry, 0), openOut(opened));
            }
        });
    }

    @Override
    public CreateOut tmpfile(Request request, CreateIn in) throws IOException {
        long began = kernelCache.begin();
        NewNode node = NewNode.file(in.mode() & 07777, in.umask());
        return answer(() -> {
            Vfs.Created made = vfs.createUnnamed(request.nodeid(), node, in.flags(), caller(request));
            return new CreateOut(Replies.entry(made.entry(), kernelCache.ttlNanos(began)), openOut(made.opened()));
        });
    }

    @Override
    public boolean tryRead(Request request, ReadIn in, ReadReply reply) {
        int got = vfs.tryRead(in.fh(), in.offset(), reply.buffer(), in.size());
        if (got < 0) {
            return false;
        }
        reply.filled(got);
        return true;
    }

    @Override
    public void read(Request request, ReadIn in, ReadReply reply) throws IOException {
        if (VirtualFiles.owns(request.nodeid())) {
            virtual.read(request, in, reply);
            return;
        }
        perform(() -> reply.filled(vfs.read(in.fh(), in.offset(), reply.buffer(), in.size())));
    }

    @Override
    public int write(Request request, WriteIn in) throws IOException {
        perform(() -> vfs.write(in.fh(), in.offset(), in.data(), (in.writeFlags() & Fuse.WRITE_KILL_SUIDGID) != 0));
        return in.size();
    }

    @Override
    public void flush(Request request, long fh, long lockOwner) throws IOException {
        if (VirtualFiles.owns(request.nodeid())) {
            return;
        }
        perform(() -> {
            // Whoever gets the lock next has to find the data: first the data, then the lock.
            try {
                vfs.flush(fh);
            } finally {
                locks.closed(request.nodeid(), lockOwner);
            }
        });
    }

    @Override
    public void fsync(Request request, long fh, boolean dataOnly) throws IOException {
        perform(() -> vfs.fsync(fh));
    }

    @Override
    public void release(Request request, ReleaseIn in) throws IOException {
        if (VirtualFiles.owns(request.nodeid())) {
            virtual.release(request, in.fh());
            return;
        }
        perform(() -> {
            try {
                if ((in.releaseFlags() & Fuse.RELEASE_FLOCK_UNLOCK) != 0) {
                    locks.ended(request.nodeid(), in.fh());
                }
            } finally {
                // The kernel tells of the end of an open file once, and does not listen to the answer.
                vfs.release(in.fh());
            }
        });
    }

    @Override
    public void fallocate(Request request, long fh, long offset, long length, int mode) throws IOException {
        perform(() -> vfs.fallocate(fh, mode, offset, length));
    }

    @Override
    public long lseek(Request request, long fh, long offset, int whence) throws IOException {
        return answer(() -> vfs.seek(fh, offset, whence == dev.leat.sys.Fs.SEEK_DATA));
    }

    @Override
    public long copyFileRange(Request request, CopyRangeIn in) throws IOException {
        return answer(() -> vfs.copyRange(in.fhIn(), in.offsetIn(), in.fhOut(), in.offsetOut(), in.length()));
    }

    // Directories.

    @Override
    public OpenOut opendir(Request request, int flags) throws IOException {
        return answer(() -> new OpenOut(vfs.openDirectory(request.nodeid()), 0));
    }

    @Override
    public void readdir(Request request, ReadDirIn in, DirectoryBuffer out) throws IOException {
        long began = kernelCache.begin();
        perform(() -> {
            long ordinal = in.offset();
            if (ordinal == 0) {
                vfs.rewind(in.fh());
                if (!out.add(
                        ".".getBytes(StandardCharsets.UTF_8), request.nodeid(), 1, FileType.DIRECTORY.modeBits())) {
                    return;
                }
                ordinal = 1;
            }
            if (ordinal == 1) {
                long parent = meta.parent(request.nodeid());
                if (!out.add("..".getBytes(StandardCharsets.UTF_8), parent, 2, FileType.DIRECTORY.modeBits())) {
                    return;
                }
                ordinal = 2;
            }
            rows(request.nodeid(), in, out, ordinal, began);
        });
    }

    private void rows(long directory, ReadDirIn in, DirectoryBuffer out, long from, long began) throws IOException {
        long ordinal = from;
        while (true) {
            DirEntry row = vfs.row(in.fh(), ordinal - 2);
            if (row == null) {
                return;
            }
            byte[] name = row.name().bytes().unsafeArray();
            dev.leat.meta.fs.Attr attr = row.attr();
            if (out.plus() && attr != null) {
                long node = vfs.nodes().node(row.ino());
                EntryOut entry = Replies.entry(node, attr, ttlNanos(directory, began));
                if (!out.add(name, ordinal + 1, row.type().modeBits(), entry)) {
                    return;
                }
                vfs.nodes().lookedUp(node);
            } else if (!out.add(name, row.ino(), ordinal + 1, row.type().modeBits())) {
                return;
            }
            ordinal++;
        }
    }

    @Override
    public void releasedir(Request request, ReleaseIn in) {
        vfs.releaseDirectory(in.fh());
    }

    @Override
    public void fsyncdir(Request request, long fh, boolean dataOnly) throws IOException {
        perform(vfs.names()::sync);
    }

    // Extended attributes.

    @Override
    public void setxattr(Request request, byte[] name, byte[] value, int flags, int extFlags) throws IOException {
        VirtualFiles.refuse(request.nodeid());
        xattrs.set(request, name, value, flags, caller(request));
    }

    @Override
    public byte[] getxattr(Request request, byte[] name) throws IOException {
        if (VirtualFiles.owns(request.nodeid())) {
            throw new FuseException(Errno.ENODATA);
        }
        return xattrs.get(request.nodeid(), name);
    }

    @Override
    public List<byte[]> listxattr(Request request) throws IOException {
        return VirtualFiles.owns(request.nodeid()) ? List.of() : xattrs.list(request.nodeid());
    }

    @Override
    public void removexattr(Request request, byte[] name) throws IOException {
        xattrs.remove(request, name, caller(request));
    }

    // Locks and the whole file system.

    @Override
    public LockRange getlk(Request request, LockIn in) throws IOException {
        return answer(() -> locks.get(vfs.nodes().ino(request.nodeid()), in));
    }

    @Override
    public void setlk(Request request, LockIn in) throws IOException {
        perform(() -> locks.set(request, vfs.nodes().ino(request.nodeid()), in));
    }

    @Override
    public StatfsOut statfs(Request request) throws IOException {
        FsStat stat = answer(() -> meta.statfs(vfs.nodes().ino(request.nodeid())));
        return new StatfsOut(
                stat.totalBytes() / FRAGMENT_BYTES,
                stat.freeBytes() / FRAGMENT_BYTES,
                stat.freeBytes() / FRAGMENT_BYTES,
                stat.totalInodes(),
                stat.freeInodes(),
                FRAGMENT_BYTES,
                Name.BYTES_MAX,
                FRAGMENT_BYTES);
    }

    @Override
    public void syncfs(Request request) throws IOException {
        perform(vfs::sync);
    }
}
