package dev.leat.cli.mount;

import dev.leat.dataset.read.Handover;
import dev.leat.dataset.read.OpenFiles;
import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.SourceEntry;
import dev.leat.dataset.tree.Branch;
import dev.leat.dataset.tree.Listing;
import dev.leat.dataset.tree.Node;
import dev.leat.dataset.tree.Ownership;
import dev.leat.dataset.tree.Tree;
import dev.leat.fuse.session.FuseException;
import dev.leat.fuse.session.FuseOperations;
import dev.leat.fuse.session.Notifier;
import dev.leat.fuse.session.ReadReply;
import dev.leat.fuse.session.Request;
import dev.leat.fuse.wire.Attr;
import dev.leat.fuse.wire.AttrOut;
import dev.leat.fuse.wire.DirectoryBuffer;
import dev.leat.fuse.wire.EntryOut;
import dev.leat.fuse.wire.Fuse;
import dev.leat.fuse.wire.OpenOut;
import dev.leat.fuse.wire.ReadDirIn;
import dev.leat.fuse.wire.ReadIn;
import dev.leat.fuse.wire.ReleaseIn;
import dev.leat.fuse.wire.StatfsOut;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import dev.leat.sys.Errno;
import dev.leat.sys.ErrnoException;
import dev.leat.sys.Open;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the kernel's requests from the tree of a source. A node's number stands for one version of a file, so its pages are
 * kept for good, over opens too; who opens a version that is no more is told ESTALE, upon which the kernel looks the name up
 * again and opens the new one, without a word to the program.
 */
final class FuseDataset implements FuseOperations {
    private static final Logger log = LoggerFactory.getLogger(FuseDataset.class);

    private static final int NAME_BYTES_MAX = 255;
    private static final int FRAGMENT_BYTES = 4096;
    private static final int BLOCK_BYTES = 1 << 20;
    private static final int SECTOR_BYTES = 512;
    private static final int TYPE_FILE = 0100000;
    private static final int TYPE_DIRECTORY = 0040000;
    private static final int TYPE_LINK = 0120000;

    /** Set-id bits of files that others wrote mean nothing here. */
    private static final int PERMISSIONS = 0777;

    /** Of a larger directory names are listed without their inodes: else we and the kernel would have to remember each. */
    private static final int PLUS_NAMES_MAX = 65_536;

    /** Longest time that the kernel takes an answer for true. */
    private static final long TTL_MAX_NS = TimeUnit.DAYS.toNanos(1);

    private final Tree tree;
    private final OpenFiles files;
    private final OpenListings listings;
    private final VirtualFiles virtual;
    private final Ownership ownership;
    private final Instant started;
    private final @Nullable Handover handover;

    /**
     * Answers from a tree.
     *
     * @param handover to the daemon after this one; null if there is to be none
     * @param generation daemons of this mount before this one
     */
    FuseDataset(
            Tree tree,
            OpenFiles files,
            VirtualFiles virtual,
            Ownership ownership,
            Instant started,
            @Nullable Handover handover,
            int generation) {
        this.handover = handover;
        this.listings = new OpenListings(generation);
        this.tree = tree;
        this.files = files;
        this.virtual = virtual;
        this.ownership = ownership;
        this.started = started;
    }

    /** Directories that are open. */
    int openDirectories() {
        return listings.open();
    }

    private interface Call<T> {
        T run() throws IOException;
    }

    /** Runs a call and turns the source's failures into the kernel's. */
    private <T> T answer(Call<T> call) throws IOException {
        try {
            return call.run();
        } catch (StoreException e) {
            throw failed(e);
        }
    }

    private static FuseException failed(StoreException failure) {
        Errno errno =
                switch (failure.kind()) {
                    case NOT_FOUND -> Errno.ENOENT;
                    case PRECONDITION_FAILED -> Errno.ESTALE;
                    case DENIED -> Errno.EACCES;
                    default -> Errno.EIO;
                };
        if (errno != Errno.ENOENT) {
            log.error("{}", failure.getMessage());
        }
        return new FuseException(errno);
    }

    private Node node(long id) throws FuseException {
        Node node = tree.node(id);
        if (node == null) {
            throw new FuseException(Errno.ESTALE);
        }
        return node;
    }

    private Node directory(long id) throws FuseException {
        Node node = node(id);
        if (!node.isDirectory()) {
            throw new FuseException(Errno.ENOTDIR);
        }
        return node;
    }

    /** Null for bytes that are no text, which no name here has. */
    private static @Nullable String text(byte[] name) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(name))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** Has the kernel forget names, with all below them. */
    static void forget(Notifier kernel, List<Tree.Name> names) {
        for (Tree.Name name : names) {
            long directory = name.directory().id();
            try {
                kernel.invalEntry(directory, name.name().getBytes(StandardCharsets.UTF_8));
                kernel.invalInode(directory, 0, 0);
            } catch (ErrnoException e) {
                // ENOENT: the kernel did not have it, which is just as good.
                log.trace("notification: {}", e.getMessage());
            }
        }
    }

    // Names.

    @Override
    public EntryOut lookup(Request request, byte[] name) throws IOException {
        EntryOut own = virtual.lookup(request, name);
        if (own != null) {
            return own;
        }
        if (name.length > NAME_BYTES_MAX) {
            throw new FuseException(Errno.ENAMETOOLONG);
        }
        Node directory = directory(request.nodeid());
        String text = text(name);
        return answer(() -> {
            while (true) {
                Node found = text == null ? null : tree.lookup(directory, text);
                if (found == null) {
                    return EntryOut.negative(ttl(tree.nameTtlNs(directory)));
                }
                if (tree.lookedUp(found)) {
                    return entry(directory, found);
                }
            }
        });
    }

    @Override
    public @Nullable EntryOut tryLookup(Request request, byte[] name) {
        if (request.nodeid() == Fuse.ROOT_ID) {
            return null; // where the daemon's own files are
        }
        Node directory = tree.node(request.nodeid());
        String text = text(name);
        Node found = directory == null || text == null ? null : tree.known(directory, text);
        return directory == null || found == null || !tree.lookedUp(found) ? null : entry(directory, found);
    }

    private EntryOut entry(Node directory, Node node) {
        if (handover != null && node.isDirectory()) {
            handover.directory(node);
        }
        return new EntryOut(node.id(), 0, ttl(tree.nameTtlNs(directory)), ttl(tree.attributeTtlNs(node)), attr(node));
    }

    private static long ttl(long ns) {
        return Math.min(ns, TTL_MAX_NS);
    }

    @Override
    public void forget(long nodeid, long count) {
        tree.forgotten(nodeid, count);
    }

    @Override
    public AttrOut getattr(Request request, @Nullable Long fh) throws IOException {
        if (VirtualFiles.owns(request.nodeid())) {
            return virtual.getattr(request, fh);
        }
        Node node = node(request.nodeid());
        return new AttrOut(attr(node), ttl(tree.attributeTtlNs(node)));
    }

    @Override
    public @Nullable AttrOut tryGetattr(Request request, @Nullable Long fh) {
        Node node = VirtualFiles.owns(request.nodeid()) ? null : tree.node(request.nodeid());
        return node == null ? null : new AttrOut(attr(node), ttl(tree.attributeTtlNs(node)));
    }

    private Attr attr(Node node) {
        Facts facts = node.facts();
        long modifiedMs = facts.modifiedEpochMs() == Facts.UNKNOWN ? started.toEpochMilli() : facts.modifiedEpochMs();
        long seconds = Math.floorDiv(modifiedMs, 1_000L);
        int nanos = (int) Math.floorMod(modifiedMs, 1_000L) * 1_000_000;
        long size = Math.max(0, facts.sizeBytes());
        Facts.Permission permission = facts.permission();
        Branch branch = node.branch();
        Ownership own = branch == null ? null : branch.ownership();
        Ownership shown = own == null ? ownership : own;
        int mode =
                switch (facts.kind()) {
                    case FILE -> TYPE_FILE | (permission == null ? shown.fileMode() : permission.mode());
                    case DIRECTORY -> TYPE_DIRECTORY | (permission == null ? shown.directoryMode() : permission.mode());
                    case LINK -> TYPE_LINK | PERMISSIONS;
                };
        return new Attr(
                node.ino(),
                size,
                (size + SECTOR_BYTES - 1) / SECTOR_BYTES,
                seconds,
                nanos,
                seconds,
                nanos,
                seconds,
                nanos,
                mode & (TYPE_LINK | TYPE_DIRECTORY | TYPE_FILE | PERMISSIONS),
                node.isDirectory() ? 2 : 1,
                permission == null ? shown.uid() : permission.uid(),
                permission == null ? shown.gid() : permission.gid(),
                0,
                BLOCK_BYTES);
    }

    @Override
    public byte[] readlink(Request request) throws IOException {
        String target = node(request.nodeid()).facts().target();
        if (target == null) {
            throw new FuseException(Errno.EINVAL);
        }
        return target.getBytes(StandardCharsets.UTF_8);
    }

    // Open files.

    @Override
    public OpenOut open(Request request, int flags, int openFlags) throws IOException {
        if (VirtualFiles.owns(request.nodeid())) {
            return virtual.open(request, flags);
        }
        if ((flags & (Open.ACCMODE | Open.TRUNC)) != 0) {
            throw new FuseException(Errno.EROFS);
        }
        Node node = node(request.nodeid());
        return answer(() -> {
            Facts version = tree.open(node);
            if (version == null) {
                throw new FuseException(Errno.ESTALE);
            }
            OpenFiles.Opened opened = files.open(node, version);
            if (opened == null) {
                throw new FuseException(Errno.ENFILE);
            }
            return opened.passthrough() != 0
                    ? new OpenOut(opened.handle(), Fuse.FOPEN_PASSTHROUGH | Fuse.FOPEN_NOFLUSH, opened.passthrough())
                    : new OpenOut(opened.handle(), Fuse.FOPEN_KEEP_CACHE | Fuse.FOPEN_NOFLUSH);
        });
    }

    @Override
    public boolean tryRead(Request request, ReadIn in, ReadReply reply) {
        int got = files.tryRead(in.fh(), in.offset(), reply.buffer(), in.size());
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
        try {
            int got = files.read(in.fh(), in.offset(), reply.buffer(), in.size());
            if (got < 0) {
                throw new FuseException(Errno.EBADF);
            }
            reply.filled(got);
        } catch (StoreException e) {
            Node node = files.node(in.fh());
            boolean changed = e.kind() == Kind.PRECONDITION_FAILED || e.kind() == Kind.NOT_FOUND;
            if (!changed || node == null) {
                throw failed(e);
            }
            if (!node.isSuspect()) {
                log.warn("{} was replaced or removed while it was open: {}", node.path(), e.getMessage());
            }
            tree.suspect(node);
            throw new FuseException(Errno.ESTALE);
        }
    }

    @Override
    public void release(Request request, ReleaseIn in) {
        if (VirtualFiles.owns(request.nodeid())) {
            virtual.release(request, in.fh());
        } else {
            files.release(in.fh());
        }
    }

    // Directories.

    @Override
    public OpenOut opendir(Request request, int flags) throws IOException {
        directory(request.nodeid());
        long handle = listings.add();
        if (handle < 0) {
            throw new FuseException(Errno.ENFILE);
        }
        return new OpenOut(handle, 0);
    }

    @Override
    public void readdir(Request request, ReadDirIn in, DirectoryBuffer out) throws IOException {
        Node directory = directory(request.nodeid());
        Listing listing = answer(() -> {
            Listing seen = in.offset() == 0 ? null : listings.get(in.fh());
            return seen != null ? seen : listings.put(in.fh(), tree.list(directory));
        });
        long ordinal = in.offset();
        if (ordinal == 0) {
            if (!out.add(".".getBytes(StandardCharsets.UTF_8), directory.ino(), 1, TYPE_DIRECTORY)) {
                return;
            }
            ordinal = 1;
        }
        if (ordinal == 1) {
            if (!out.add("..".getBytes(StandardCharsets.UTF_8), directory.parentIno(), 2, TYPE_DIRECTORY)) {
                return;
            }
            ordinal = 2;
        }
        while (ordinal - 2 < listing.entries().size()
                && add(directory, listing, listing.entries().get((int) ordinal - 2), ordinal + 1, out)) {
            ordinal++;
        }
    }

    private boolean add(Node directory, Listing listing, SourceEntry entry, long next, DirectoryBuffer out) {
        byte[] name = entry.name().getBytes(StandardCharsets.UTF_8);
        EntryKind kind = entry.facts().kind();
        int type = kind == EntryKind.DIRECTORY ? TYPE_DIRECTORY : kind == EntryKind.LINK ? TYPE_LINK : TYPE_FILE;
        Node node =
                out.plus() && listing.entries().size() <= PLUS_NAMES_MAX ? tree.known(directory, listing, entry) : null;
        if (node != null && tree.lookedUp(node)) {
            if (out.add(name, next, type, entry(directory, node))) {
                return true;
            }
            tree.forgotten(node.id(), 1);
            return false;
        }
        return out.add(name, tree.ino(directory, entry.name()), next, type);
    }

    @Override
    public void releasedir(Request request, ReleaseIn in) {
        listings.remove(in.fh());
    }

    @Override
    public StatfsOut statfs(Request request) {
        // How much there is nobody knows without listing all of it; there is no room for more.
        return new StatfsOut(0, 0, 0, 0, 0, FRAGMENT_BYTES, NAME_BYTES_MAX, FRAGMENT_BYTES);
    }
}
