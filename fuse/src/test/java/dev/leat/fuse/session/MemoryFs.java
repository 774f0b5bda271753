package dev.leat.fuse.session;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.leat.fuse.wire.AttrOut;
import dev.leat.fuse.wire.CopyRangeIn;
import dev.leat.fuse.wire.CreateIn;
import dev.leat.fuse.wire.CreateOut;
import dev.leat.fuse.wire.DirectoryBuffer;
import dev.leat.fuse.wire.EntryOut;
import dev.leat.fuse.wire.Fuse;
import dev.leat.fuse.wire.IoctlIn;
import dev.leat.fuse.wire.IoctlOut;
import dev.leat.fuse.wire.LockIn;
import dev.leat.fuse.wire.LockRange;
import dev.leat.fuse.wire.OpenOut;
import dev.leat.fuse.wire.PollIn;
import dev.leat.fuse.wire.ReadDirIn;
import dev.leat.fuse.wire.ReadIn;
import dev.leat.fuse.wire.ReleaseIn;
import dev.leat.fuse.wire.SetAttrIn;
import dev.leat.fuse.wire.StatfsOut;
import dev.leat.fuse.wire.StatxOut;
import dev.leat.fuse.wire.WriteIn;
import dev.leat.sys.Errno;
import dev.leat.sys.Open;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A small writable file system in memory, to have every kind of request answered by something real. */
class MemoryFs implements FuseOperations {
    private static final int SEEK_DATA = 3;
    private static final int PUNCH_HOLE = 2;
    private static final int KEEP_SIZE = 1;
    private static final int ZERO_RANGE = 16;

    final ReentrantLock lock = new ReentrantLock();
    final Condition unlocked = lock.newCondition();
    final Map<Long, MemoryNode> nodes = new ConcurrentHashMap<>();
    final AtomicLong nextIno = new AtomicLong(1);
    final AtomicLong forgotten = new AtomicLong();
    final AtomicInteger openHandles = new AtomicInteger();
    final AtomicInteger syncs = new AtomicInteger();
    final AtomicInteger interruptsSeen = new AtomicInteger();
    final MemoryNode root = node(0040777, 0, 0);
    volatile int openFlags;
    volatile @Nullable Notifier notifier;
    volatile boolean destroyed;
    private final AtomicLong nextHandle = new AtomicLong(1);

    final MemoryNode node(int mode, int uid, int gid) {
        MemoryNode node = new MemoryNode(nextIno.getAndIncrement(), mode, uid, gid);
        nodes.put(node.ino, node);
        return node;
    }

    /** Puts a file there from behind the kernel's back. */
    MemoryNode put(String name, byte[] data) {
        return locked(() -> {
            MemoryNode file = node(0100644, 0, 0);
            file.data = data.clone();
            file.size = data.length;
            root.children.put(name, file);
            return file;
        });
    }

    /** Something done under the lock. */
    interface Work<T> {
        T get() throws FuseException;
    }

    final <T> T locked(Work<T> work) {
        lock.lock();
        try {
            return work.get();
        } catch (FuseException e) {
            throw new IllegalStateException(e);
        } finally {
            lock.unlock();
        }
    }

    final <T> T answered(Work<T> work) throws FuseException {
        lock.lock();
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }

    /** Any bytes as a string that gives them back. */
    private static String key(byte[] name) {
        return new String(name, ISO_8859_1);
    }

    final MemoryNode at(Request r) throws FuseException {
        return at(r.nodeid());
    }

    private MemoryNode at(long nodeid) throws FuseException {
        MemoryNode node = nodes.get(nodeid);
        if (node == null) {
            throw new FuseException(Errno.ESTALE);
        }
        return node;
    }

    private static MemoryNode child(MemoryNode parent, byte[] name) throws FuseException {
        MemoryNode child = parent.children.get(key(name));
        if (child == null) {
            throw new FuseException(Errno.ENOENT);
        }
        return child;
    }

    private MemoryNode make(Request r, byte[] name, int mode) throws FuseException {
        MemoryNode parent = at(r);
        if (parent.children.containsKey(key(name))) {
            throw new FuseException(Errno.EEXIST);
        }
        MemoryNode made = node(mode, r.caller().uid(), r.caller().gid());
        made.parent = parent;
        parent.children.put(key(name), made);
        if (made.directory()) {
            parent.nlink++;
        }
        return made;
    }

    @Override
    public void started(Negotiated negotiated, Notifier given) {
        notifier = given;
    }

    @Override
    public void destroyed() {
        destroyed = true;
    }

    @Override
    public void forget(long nodeid, long count) {
        forgotten.addAndGet(count);
    }

    @Override
    public EntryOut lookup(Request r, byte[] name) throws FuseException {
        return answered(() -> child(at(r), name).entry());
    }

    @Override
    public AttrOut getattr(Request r, @Nullable Long fh) throws FuseException {
        return answered(() -> new AttrOut(at(r).attr(), MemoryNode.HOUR));
    }

    @Override
    public StatxOut statx(Request r, @Nullable Long fh, int flags, int mask) throws FuseException {
        return answered(() -> new StatxOut(at(r).attr(), 0xfff, 0, 0, 777_000_000L, 5_000, MemoryNode.HOUR));
    }

    @Override
    public AttrOut setattr(Request r, SetAttrIn in) throws FuseException {
        return answered(() -> {
            MemoryNode node = at(r);
            if (in.has(Fuse.FATTR_MODE)) {
                node.mode = in.mode();
            }
            if (in.has(Fuse.FATTR_UID)) {
                node.uid = in.uid();
            }
            if (in.has(Fuse.FATTR_GID)) {
                node.gid = in.gid();
            }
            if (in.has(Fuse.FATTR_SIZE)) {
                node.resize((int) in.size());
            }
            if (in.has(Fuse.FATTR_MTIME) && !in.has(Fuse.FATTR_MTIME_NOW)) {
                node.mtimeSec = in.mtimeSec();
                node.mtimeNsec = in.mtimeNsec();
            }
            return new AttrOut(node.attr(), MemoryNode.HOUR);
        });
    }

    @Override
    public byte[] readlink(Request r) throws FuseException {
        return answered(() -> Arrays.copyOf(at(r).data, at(r).size));
    }

    @Override
    public EntryOut symlink(Request r, byte[] name, byte[] target) throws FuseException {
        return answered(() -> {
            MemoryNode link = make(r, name, 0120777);
            link.data = target;
            link.size = target.length;
            return link.entry();
        });
    }

    @Override
    public EntryOut mknod(Request r, byte[] name, int mode, int rdev, int umask) throws FuseException {
        return answered(() -> {
            MemoryNode made = make(r, name, mode);
            made.rdev = rdev;
            return made.entry();
        });
    }

    @Override
    public EntryOut mkdir(Request r, byte[] name, int mode, int umask) throws FuseException {
        return answered(() -> make(r, name, 0040000 | mode).entry());
    }

    @Override
    public void unlink(Request r, byte[] name) throws FuseException {
        answered(() -> {
            MemoryNode removed = child(at(r), name);
            removed.nlink--;
            at(r).children.remove(key(name));
            return true;
        });
    }

    @Override
    public void rmdir(Request r, byte[] name) throws FuseException {
        answered(() -> {
            if (!child(at(r), name).children.isEmpty()) {
                throw new FuseException(Errno.ENOTEMPTY);
            }
            at(r).nlink--;
            at(r).children.remove(key(name));
            return true;
        });
    }

    @Override
    public void rename(Request r, byte[] name, long newParent, byte[] newName, int flags) throws FuseException {
        answered(() -> {
            MemoryNode from = at(r);
            MemoryNode to = at(newParent);
            MemoryNode moved = child(from, name);
            MemoryNode there = to.children.get(key(newName));
            if ((flags & Fuse.RENAME_NOREPLACE) != 0 && there != null) {
                throw new FuseException(Errno.EEXIST);
            }
            if ((flags & Fuse.RENAME_EXCHANGE) != 0) {
                from.children.put(key(name), child(to, newName));
            } else {
                from.children.remove(key(name));
            }
            to.children.put(key(newName), moved);
            return true;
        });
    }

    @Override
    public EntryOut link(Request r, long nodeid, byte[] newName) throws FuseException {
        return answered(() -> {
            MemoryNode linked = at(nodeid);
            linked.nlink++;
            at(r).children.put(key(newName), linked);
            return linked.entry();
        });
    }

    @Override
    public OpenOut open(Request r, int flags, int killFlags) throws FuseException {
        return answered(() -> {
            if ((flags & Open.TRUNC) != 0) {
                at(r).resize(0);
            }
            openHandles.incrementAndGet();
            return new OpenOut(nextHandle.getAndIncrement(), openFlags);
        });
    }

    @Override
    public CreateOut create(Request r, byte[] name, CreateIn in) throws FuseException {
        return answered(() -> {
            MemoryNode made = make(r, name, 0100000 | in.mode());
            openHandles.incrementAndGet();
            return new CreateOut(made.entry(), new OpenOut(nextHandle.getAndIncrement(), openFlags));
        });
    }

    @Override
    public CreateOut tmpfile(Request r, CreateIn in) throws FuseException {
        return answered(() -> {
            MemoryNode made =
                    node(0100000 | in.mode(), r.caller().uid(), r.caller().gid());
            made.nlink = 0;
            openHandles.incrementAndGet();
            return new CreateOut(made.entry(), new OpenOut(nextHandle.getAndIncrement(), openFlags));
        });
    }

    @Override
    public void read(Request r, ReadIn in, ReadReply reply) throws FuseException {
        answered(() -> {
            MemoryNode node = at(r);
            int n = (int) Math.clamp(node.size - in.offset(), 0L, in.size());
            MemorySegment.copy(node.data, (int) in.offset(), reply.buffer(), ValueLayout.JAVA_BYTE, 0, n);
            reply.filled(n);
            return n;
        });
    }

    @Override
    public int write(Request r, WriteIn in) throws FuseException {
        return answered(() -> {
            MemoryNode node = at(r);
            int end = (int) in.offset() + in.size();
            node.resize(Math.max(end, node.size));
            MemorySegment.copy(in.data(), ValueLayout.JAVA_BYTE, 0, node.data, (int) in.offset(), in.size());
            return in.size();
        });
    }

    @Override
    public void flush(Request r, long fh, long lockOwner) throws FuseException {
        unlock(at(r), lockOwner, false);
    }

    @Override
    public void fsync(Request r, long fh, boolean dataOnly) {
        syncs.incrementAndGet();
    }

    @Override
    public void fsyncdir(Request r, long fh, boolean dataOnly) {
        syncs.incrementAndGet();
    }

    @Override
    public void syncfs(Request r) {
        syncs.incrementAndGet();
    }

    @Override
    public void release(Request r, ReleaseIn in) throws FuseException {
        openHandles.decrementAndGet();
        if ((in.releaseFlags() & Fuse.RELEASE_FLOCK_UNLOCK) != 0) {
            unlock(at(r), in.lockOwner(), true);
        }
    }

    @Override
    public void releasedir(Request r, ReleaseIn in) {
        openHandles.decrementAndGet();
    }

    @Override
    public void fallocate(Request r, long fh, long offset, long length, int mode) throws FuseException {
        answered(() -> {
            MemoryNode node = at(r);
            if ((mode & ~(KEEP_SIZE | PUNCH_HOLE | ZERO_RANGE)) != 0) {
                throw new FuseException(Errno.EOPNOTSUPP);
            }
            int end = (int) (offset + length);
            if ((mode & (PUNCH_HOLE | ZERO_RANGE)) != 0) {
                for (int i = (int) offset; i < Math.min(end, node.size); i++) {
                    node.data[i] = 0;
                }
            }
            if ((mode & KEEP_SIZE) == 0) {
                node.resize(Math.max(node.size, end));
            }
            return end;
        });
    }

    @Override
    public long lseek(Request r, long fh, long offset, int whence) throws FuseException {
        return answered(() -> {
            MemoryNode node = at(r);
            if (offset >= node.size) {
                throw new FuseException(Errno.ENXIO);
            }
            for (long i = offset; i < node.size; i++) {
                if ((node.data[(int) i] != 0) == (whence == SEEK_DATA)) {
                    return i;
                }
            }
            if (whence == SEEK_DATA) {
                throw new FuseException(Errno.ENXIO);
            }
            return (long) node.size;
        });
    }

    @Override
    public long copyFileRange(Request r, CopyRangeIn in) throws FuseException {
        return answered(() -> {
            MemoryNode from = at(r);
            MemoryNode to = at(in.nodeidOut());
            int n = (int) Math.clamp(from.size - in.offsetIn(), 0L, in.length());
            to.resize((int) Math.max(to.size, in.offsetOut() + n));
            System.arraycopy(from.data, (int) in.offsetIn(), to.data, (int) in.offsetOut(), n);
            return (long) n;
        });
    }

    @Override
    public IoctlOut ioctl(Request r, IoctlIn in) {
        byte[] reversed = new byte[in.outSize()];
        for (int i = 0; i < reversed.length; i++) {
            reversed[i] = in.data()[in.data().length - 1 - i];
        }
        return new IoctlOut(42, reversed);
    }

    @Override
    public int poll(Request r, PollIn in) {
        return 5 & in.events();
    }

    @Override
    public OpenOut opendir(Request r, int flags) {
        openHandles.incrementAndGet();
        return new OpenOut(nextHandle.getAndIncrement(), 0);
    }

    @Override
    public void readdir(Request r, ReadDirIn in, DirectoryBuffer out) throws FuseException {
        answered(() -> {
            MemoryNode directory = at(r);
            if (in.offset() < 1 && !out.add(new byte[] {'.'}, directory.ino, 1, 0040000)) {
                return false;
            }
            if (in.offset() < 2 && !out.add(new byte[] {'.', '.'}, directory.parent.ino, 2, 0040000)) {
                return false;
            }
            long ordinal = 2;
            for (Map.Entry<String, MemoryNode> child : directory.children.entrySet()) {
                ordinal++;
                if (ordinal > in.offset()) {
                    byte[] name = child.getKey().getBytes(ISO_8859_1);
                    MemoryNode node = child.getValue();
                    boolean added = out.plus()
                            ? out.add(name, ordinal, node.mode, node.entry())
                            : out.add(name, node.ino, ordinal, node.mode);
                    if (!added) {
                        return false;
                    }
                }
            }
            return true;
        });
    }

    @Override
    public void setxattr(Request r, byte[] name, byte[] value, int flags, int extFlags) throws FuseException {
        answered(() -> {
            at(r).xattrs.put(key(name), value);
            return true;
        });
    }

    @Override
    public byte[] getxattr(Request r, byte[] name) throws FuseException {
        return answered(() -> {
            byte[] value = at(r).xattrs.get(key(name));
            if (value == null) {
                throw new FuseException(Errno.ENODATA);
            }
            return value;
        });
    }

    @Override
    public List<byte[]> listxattr(Request r) throws FuseException {
        return answered(() -> {
            List<byte[]> names = new ArrayList<>();
            at(r).xattrs.keySet().forEach(name -> names.add(name.getBytes(ISO_8859_1)));
            return names;
        });
    }

    @Override
    public void removexattr(Request r, byte[] name) throws FuseException {
        answered(() -> {
            if (at(r).xattrs.remove(key(name)) == null) {
                throw new FuseException(Errno.ENODATA);
            }
            return true;
        });
    }

    private static MemoryNode.@Nullable Held conflict(MemoryNode node, LockIn in) {
        for (MemoryNode.Held held : node.locks) {
            boolean overlap = held.start() <= in.range().end() && in.range().start() <= held.end();
            boolean exclusive = held.exclusive() || in.range().type() == Fuse.F_WRLCK;
            if (held.flock() == in.flock() && held.owner() != in.owner() && overlap && exclusive) {
                return held;
            }
        }
        return null;
    }

    @Override
    public LockRange getlk(Request r, LockIn in) throws FuseException {
        return answered(() -> {
            MemoryNode.Held held = conflict(at(r), in);
            return held == null
                    ? LockRange.UNLOCKED
                    : new LockRange(
                            held.start(), held.end(), held.exclusive() ? Fuse.F_WRLCK : Fuse.F_RDLCK, held.pid());
        });
    }

    @Override
    public void setlk(Request r, LockIn in) throws FuseException {
        MemoryNode node = at(r);
        if (in.range().type() == Fuse.F_UNLCK) {
            unlock(node, in.owner(), in.flock());
            return;
        }
        r.onInterrupt(() -> Thread.ofVirtual()
                .start(() -> locked(() -> {
                    unlocked.signalAll();
                    return true;
                })));
        answered(() -> {
            while (conflict(node, in) != null) {
                if (!in.blocking()) {
                    throw new FuseException(Errno.EAGAIN);
                }
                if (r.interrupted()) {
                    interruptsSeen.incrementAndGet();
                    throw new FuseException(Errno.EINTR);
                }
                unlocked.awaitUninterruptibly();
            }
            boolean exclusive = in.range().type() == Fuse.F_WRLCK;
            return node.locks.add(new MemoryNode.Held(
                    in.owner(),
                    in.range().start(),
                    in.range().end(),
                    exclusive,
                    in.flock(),
                    in.range().pid()));
        });
    }

    private void unlock(MemoryNode node, long owner, boolean flock) {
        locked(() -> {
            for (Iterator<MemoryNode.Held> all = node.locks.iterator(); all.hasNext(); ) {
                MemoryNode.Held held = all.next();
                if (held.owner() == owner && held.flock() == flock) {
                    all.remove();
                }
            }
            unlocked.signalAll();
            return true;
        });
    }

    @Override
    public StatfsOut statfs(Request r) {
        return new StatfsOut(1_000_000, 500_000, 400_000, 1000, 900, 4096, 255, 4096);
    }
}
