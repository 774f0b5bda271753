package dev.leat.cli.mount;

import dev.leat.dataset.index.TreeIndex;
import dev.leat.dataset.read.Refusals;
import dev.leat.dataset.read.SealedFiles;
import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Names;
import dev.leat.dataset.tree.Ownership;
import dev.leat.fuse.session.FuseException;
import dev.leat.fuse.session.FuseOperations;
import dev.leat.fuse.session.Negotiated;
import dev.leat.fuse.session.Notifier;
import dev.leat.fuse.session.ReadReply;
import dev.leat.fuse.session.Request;
import dev.leat.fuse.wire.Attr;
import dev.leat.fuse.wire.AttrOut;
import dev.leat.fuse.wire.DirectoryBuffer;
import dev.leat.fuse.wire.EntryOut;
import dev.leat.fuse.wire.Fuse;
import dev.leat.fuse.wire.InitFlags;
import dev.leat.fuse.wire.OpenOut;
import dev.leat.fuse.wire.ReadDirIn;
import dev.leat.fuse.wire.ReadIn;
import dev.leat.fuse.wire.ReleaseIn;
import dev.leat.fuse.wire.StatfsOut;
import dev.leat.store.StoreException;
import dev.leat.sys.Errno;
import dev.leat.sys.Open;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the kernel's requests from the index of a sealed version. Nothing here ever changes, so the kernel may keep all of it for good:
 * names that are there and names that are not, attributes, listings, pages. OPEN and OPENDIR are answered ENOSYS, upon which the kernel opens
 * and closes by itself: a file whose pages it has is opened, read and closed without a request.
 *
 * <p>A node's number is its row in the index and one, the same at each mount; there is nothing to forget. Lookups are not answered on session
 * threads: a page of the index may have to come from the disk, and each name is asked for once.
 */
final class FuseVersion implements FuseOperations {
    private static final Logger log = LoggerFactory.getLogger(FuseVersion.class);

    private static final int BLOCK_BYTES = 1 << 20;
    private static final int SECTOR_BYTES = 512;
    private static final int FRAGMENT_BYTES = 4096;
    private static final int TYPE_FILE = 0100000;
    private static final int TYPE_DIRECTORY = 0040000;
    private static final int TYPE_LINK = 0120000;
    private static final int ALL = 0777;
    private static final byte[] SELF = {'.'};
    private static final byte[] ABOVE = {'.', '.'};

    /** For good. */
    private static final long TTL_NS = TimeUnit.DAYS.toNanos(10_000);

    private final String version;
    private final TreeIndex index;
    private final SealedFiles files;
    private final Refusals refusals;
    private final Ownership ownership;
    private volatile boolean kernelOpens;

    FuseVersion(String version, TreeIndex index, SealedFiles files, Refusals refusals, Ownership ownership) {
        this.version = version;
        this.index = index;
        this.files = files;
        this.refusals = refusals;
        this.ownership = ownership;
    }

    @Override
    public void started(Negotiated negotiated, Notifier notifier) {
        kernelOpens = negotiated.has(InitFlags.NO_OPEN_SUPPORT) && negotiated.has(InitFlags.NO_OPENDIR_SUPPORT);
    }

    /** Whether the kernel opens files without asking. */
    boolean kernelOpens() {
        return kernelOpens;
    }

    private int row(long nodeid) throws FuseException {
        if (!index.has(nodeid - 1)) {
            throw new FuseException(Errno.ESTALE);
        }
        return (int) (nodeid - 1);
    }

    // Names.

    @Override
    public EntryOut lookup(Request request, byte[] name) throws IOException {
        if (name.length > Names.NAME_BYTES_MAX) {
            throw new FuseException(Errno.ENAMETOOLONG);
        }
        int found = index.find(row(request.nodeid()), name);
        return found < 0 ? EntryOut.negative(TTL_NS) : entry(found);
    }

    private EntryOut entry(int row) {
        return new EntryOut(row + 1L, 0, TTL_NS, TTL_NS, attr(row));
    }

    @Override
    public AttrOut getattr(Request request, @Nullable Long fh) throws IOException {
        return new AttrOut(attr(row(request.nodeid())), TTL_NS);
    }

    private Attr attr(int row) {
        EntryKind kind = index.kind(row);
        long size = index.sizeBytes(row);
        long modifiedMs = index.modifiedEpochMs(row);
        long seconds = Math.floorDiv(modifiedMs, 1_000L);
        int nanos = (int) Math.floorMod(modifiedMs, 1_000L) * 1_000_000;
        int mode = index.mode(row);
        int permissions =
                switch (kind) {
                    case FILE -> TYPE_FILE | (mode < 0 ? ownership.fileMode() : mode);
                    case DIRECTORY -> TYPE_DIRECTORY | (mode < 0 ? ownership.directoryMode() : mode);
                    case LINK -> TYPE_LINK | ALL;
                };
        int uid = index.uid(row);
        int gid = index.gid(row);
        return new Attr(
                row + 1L,
                size,
                (size + SECTOR_BYTES - 1) / SECTOR_BYTES,
                seconds,
                nanos,
                seconds,
                nanos,
                seconds,
                nanos,
                permissions,
                kind == EntryKind.DIRECTORY ? 2 + index.subdirectories(row) : 1,
                uid < 0 ? ownership.uid() : uid,
                gid < 0 ? ownership.gid() : gid,
                0,
                BLOCK_BYTES);
    }

    @Override
    public byte[] readlink(Request request) throws IOException {
        int row = row(request.nodeid());
        if (index.kind(row) != EntryKind.LINK) {
            throw new FuseException(Errno.EINVAL);
        }
        return index.text(row);
    }

    // Files.

    @Override
    public OpenOut open(Request request, int flags, int openFlags) throws IOException {
        if ((flags & (Open.ACCMODE | Open.TRUNC)) != 0) {
            throw new FuseException(Errno.EROFS);
        }
        if (kernelOpens) {
            throw new FuseException(Errno.ENOSYS);
        }
        return new OpenOut(0, Fuse.FOPEN_KEEP_CACHE | Fuse.FOPEN_NOFLUSH);
    }

    @Override
    public void release(Request request, ReleaseIn in) {}

    @Override
    public boolean tryRead(Request request, ReadIn in, ReadReply reply) {
        int got = index.has(request.nodeid() - 1)
                ? files.tryRead((int) (request.nodeid() - 1), in.offset(), reply.buffer(), in.size())
                : -1;
        if (got < 0) {
            return false;
        }
        reply.filled(got);
        return true;
    }

    @Override
    public void read(Request request, ReadIn in, ReadReply reply) throws IOException {
        int row = row(request.nodeid());
        try {
            int got = files.read(row, in.offset(), reply.buffer(), in.size());
            if (got < 0) {
                throw new FuseException(Errno.EISDIR);
            }
            reply.filled(got);
        } catch (StoreException e) {
            switch (e.kind()) {
                case PRECONDITION_FAILED, NOT_FOUND ->
                    refusals.add(version, index.path(row), String.valueOf(e.getMessage()));
                default -> log.error("{}", e.getMessage());
            }
            throw new FuseException(Errno.EIO);
        }
    }

    // Directories.

    @Override
    public OpenOut opendir(Request request, int flags) throws IOException {
        if (kernelOpens) {
            throw new FuseException(Errno.ENOSYS);
        }
        return new OpenOut(0, Fuse.FOPEN_KEEP_CACHE | Fuse.FOPEN_CACHE_DIR);
    }

    @Override
    public void releasedir(Request request, ReleaseIn in) {}

    @Override
    public void readdir(Request request, ReadDirIn in, DirectoryBuffer out) throws IOException {
        int directory = row(request.nodeid());
        if (index.kind(directory) != EntryKind.DIRECTORY) {
            throw new FuseException(Errno.ENOTDIR);
        }
        long ordinal = in.offset();
        if (ordinal == 0) {
            if (!out.add(SELF, directory + 1L, 1, TYPE_DIRECTORY)) {
                return;
            }
            ordinal = 1;
        }
        if (ordinal == 1) {
            if (!out.add(ABOVE, index.parent(directory) + 1L, 2, TYPE_DIRECTORY)) {
                return;
            }
            ordinal = 2;
        }
        int first = index.firstChild(directory);
        int children = index.children(directory);
        while (ordinal - 2 < children && add(first + (int) (ordinal - 2), ordinal + 1, out)) {
            ordinal++;
        }
    }

    private boolean add(int row, long next, DirectoryBuffer out) {
        int type =
                switch (index.kind(row)) {
                    case FILE -> TYPE_FILE;
                    case DIRECTORY -> TYPE_DIRECTORY;
                    case LINK -> TYPE_LINK;
                };
        return out.plus()
                ? out.add(index.name(row), next, type, entry(row))
                : out.add(index.name(row), row + 1L, next, type);
    }

    @Override
    public StatfsOut statfs(Request request) {
        long blocks = (index.summary().bytes() + FRAGMENT_BYTES - 1) / FRAGMENT_BYTES;
        return new StatfsOut(
                blocks, 0, 0, index.summary().entries(), 0, FRAGMENT_BYTES, Names.NAME_BYTES_MAX, FRAGMENT_BYTES);
    }
}
