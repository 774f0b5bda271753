package dev.leat.meta.fs;

import dev.leat.meta.content.CloneOwner;
import dev.leat.meta.content.CloneReport;
import dev.leat.meta.content.ContentStore;
import dev.leat.meta.content.Garbage;
import dev.leat.meta.content.TreeClone;
import dev.leat.meta.content.VolumeMarker;
import dev.leat.meta.engine.Bytes;
import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaEngine;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.gc.GarbageCollector;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.VolumeRecord;
import dev.leat.meta.session.Reader;
import dev.leat.meta.session.Session;
import dev.leat.meta.session.SessionSpec;
import dev.leat.meta.session.SessionToken;
import dev.leat.meta.session.Transactions;
import dev.leat.meta.trash.TrashBin;
import dev.leat.meta.trash.TrashDoor;
import dev.leat.meta.trash.TrashRestore;
import dev.leat.meta.trash.TrashRules;
import dev.leat.meta.usage.Quotas;
import dev.leat.store.BlobId;
import dev.leat.store.ObjectStore;
import dev.leat.sys.Errno;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A mounted volume. It is put together of small parts, each for one concern: {@link Lookups}, {@link Creation}, {@link Removal}, {@link Links},
 * {@link Renames}, {@link Directories}, {@link AttributeChanges}, {@link Xattrs}, {@link Orphans}. Every change is one transaction, which is one
 * commit when nobody interferes.
 *
 * <p>With a subdirectory as its root, that directory's number is {@link MetaFs#ROOT} to the outside, and nothing above it can be reached.
 */
public final class VolumeFs implements MetaFs {
    private static final Logger LOG = LoggerFactory.getLogger(VolumeFs.class);

    private final Client client;
    private final long root;
    private final OpenInodes open;
    private final Directories directories;
    private final Lookups lookups;
    private final Creation creation;
    private final Removal removal;
    private final Removal removalForGood;
    private final Links links;
    private final Renames renames;
    private final AttributeChanges attributes;
    private final Xattrs xattrs;
    private final @Nullable Orphans orphans;
    private final Seams seams;
    private final AtomicBoolean closed = new AtomicBoolean();

    VolumeFs(Client client, long root, Seams seams) {
        this.client = client;
        this.root = root;
        this.seams = seams;
        this.open = new OpenInodes();
        this.directories = new Directories(client);
        this.lookups = new Lookups(client);
        this.creation = new Creation(client, directories, open, seams.usage());
        this.removal = new Removal(client, directories, open, seams.usage(), seams.trash());
        this.removalForGood = new Removal(client, directories, open, seams.usage(), Trash.NONE);
        this.links = new Links(client, directories, seams.usage());
        this.renames = new Renames(client, directories, lookups, removal, seams.usage());
        this.attributes = new AttributeChanges(client, directories, seams.content());
        this.xattrs = new Xattrs(client);
        Session session = client.session();
        this.orphans = session == null ? null : new Orphans(client, session, open, seams.content());
    }

    /**
     * Mounts a volume.
     *
     * @throws MetaException NOT_FOUND if there is none (or no such subdirectory), FOREIGN if it needs a newer Leat
     */
    public static VolumeFs mount(MetaEngine engine, MountSpec spec) throws MetaException {
        VolumeRecord volume = Volumes.load(engine);
        Session session = null;
        Seams seams = null;
        if (!spec.readOnly()) {
            Volumes.requireWritable(engine, volume);
        }
        try {
            if (!spec.readOnly()) {
                SessionSpec sessionSpec = new SessionSpec(
                        spec.mountPoint(), spec.lease(), spec.requestDeadline(), spec.clock(), System::nanoTime, true);
                SessionToken resumes = spec.resumes();
                session = resumes == null ? null : Session.resume(engine, sessionSpec, resumes, spec.version());
                if (resumes != null && session == null) {
                    LOG.error(
                            "the session of the process before is dead: its locks and its open files without names are gone");
                }
                if (session == null) {
                    session = Session.open(engine, sessionSpec, spec.version());
                }
                session.onDeath(spec.onDeath());
            }
            DirCache directories = new DirCache(spec.remembers());
            Transactions transactions = new Transactions(
                    new Reader(engine, spec.requestDeadline()),
                    session == null ? null : session.commits(),
                    directories,
                    spec.requestDeadline());
            Client client = new Client(volume, session, transactions, new Inodes(directories), spec.clock());
            seams = Seams.of(client, spec.store(), directories);
            long root = Subdir.find(
                    client,
                    new Creation(client, new Directories(client), new OpenInodes(), seams.usage()),
                    spec.subdir());
            VolumeFs fs = new VolumeFs(client, root, seams);
            if (fs.orphans != null) {
                fs.orphans.start();
            }
            return fs;
        } catch (FsException e) {
            if (seams != null) {
                seams.feed().close();
            }
            if (session != null) {
                session.close();
            }
            MetaException.Kind kind =
                    switch (e.getCause()) {
                        case MetaException cause -> cause.kind();
                        case null, default ->
                            e.errno() == Errno.ENOENT ? MetaException.Kind.NOT_FOUND : MetaException.Kind.UNAVAILABLE;
                    };
            throw new MetaException(
                    kind, "cannot mount the volume at " + engine.info().location() + ": " + e.getMessage(), e);
        }
    }

    /**
     * Copies a file or a tree by reference, with all attributes; see {@link TreeClone}.
     *
     * @param progress told the number of inodes copied so far, now and then; what it throws ends the clone
     */
    public CloneReport clone(long sourceParent, Name source, long targetParent, Name target, LongConsumer progress)
            throws FsException {
        return clone(sourceParent, source, targetParent, target, null, progress);
    }

    /**
     * Copies a file or a tree by reference; see {@link TreeClone}.
     *
     * @param owner whose the copy is; null to keep owners and modes
     * @param progress told the number of inodes copied so far, now and then; what it throws ends the clone
     */
    public CloneReport clone(
            long sourceParent,
            Name source,
            long targetParent,
            Name target,
            @Nullable CloneOwner owner,
            LongConsumer progress)
            throws FsException {
        TrashRules.requireMakable(in(targetParent), target);
        return new TreeClone(client, seams.usage(), seams.content().ids(), owner, progress)
                .clone(in(sourceParent), source, in(targetParent), target);
    }

    /** The limits of this volume. */
    public Quotas quotas() {
        return new Quotas(client, seams.forgetLimits());
    }

    /** The number inside the volume of an inode that is known here by {@code ino}: another one only of a subdirectory that is the root here. */
    public long volumeInode(long ino) {
        return in(ino);
    }

    /** What was removed and is kept for a while. */
    public TrashBin trash() {
        return new TrashBin(client, new Door());
    }

    /** For how many days the volume keeps what is removed, 0 for not at all; as its record says now. */
    public int trashDays() throws FsException {
        return client.session() == null
                ? client.volume().trashDays()
                : seams.trash().days();
    }

    /**
     * Puts back what was removed; see {@link TrashRestore}.
     *
     * @param putBack false only to tell what would happen
     */
    public TrashRestore restore(boolean putBack, TrashRestore.Listener listener) {
        Door door = new Door();
        return new TrashRestore(client, new TrashBin(client, door), door, putBack, listener);
    }

    /** Whether its root is the volume's, and not a subdirectory. */
    public boolean isWhole() {
        return root == ROOT;
    }

    /** Removes inodes without names that nobody has open, as it is done in the background too; returns how many were removed. */
    public int reap() throws FsException {
        return orphans == null ? 0 : orphans.round();
    }

    /** The garbage collection of this client: what it freed itself comes first. */
    public GarbageCollector collector(ObjectStore store) throws FsException {
        VolumeMarker marker =
                new VolumeMarker(client.volume().uuid(), client.volume().incarnation());
        return new GarbageCollector(
                client.transactions(),
                client.writer(),
                store,
                marker,
                seams.content().garbage());
    }

    /** Layouts and blobs, for the maintenance that stands on the same session. */
    public ContentStore content() {
        return seams.content();
    }

    /** What its parts share, for the maintenance that stands on the same session. */
    public Client client() {
        return client;
    }

    /** Blobs that lost references here: where garbage collection looks first. */
    public Garbage garbage() {
        return seams.content().garbage();
    }

    // Numbers: the root's is 1 to the outside, whatever it is inside.

    private long in(long ino) {
        return ino == ROOT ? root : ino;
    }

    private long out(long ino) {
        return ino == root ? ROOT : ino;
    }

    private Attr out(Attr attr) {
        return attr.ino() != root || root == ROOT ? attr : attr.withIno(ROOT);
    }

    private Entry out(Entry entry) {
        return entry.ino() != root || root == ROOT ? entry : new Entry(ROOT, out(entry.attr()));
    }

    // Names.

    @Override
    public Entry lookup(long parent, Name name) throws FsException {
        if (TrashRules.isTrash(in(parent), name)) {
            return lookups.directory(TRASH);
        }
        return out(lookups.lookup(in(parent), name));
    }

    @Override
    public long parent(long directory) throws FsException {
        return directory == ROOT ? ROOT : out(lookups.parent(directory).parent());
    }

    @Override
    public Entry create(long parent, Name name, NewNode node, Caller caller) throws FsException {
        TrashRules.requireMakable(in(parent), name);
        return creation.create(in(parent), name, node, caller);
    }

    @Override
    public FileView createOpen(long parent, Name name, NewNode node, Caller caller) throws FsException {
        TrashRules.requireMakable(in(parent), name);
        return creation.createOpen(in(parent), name, node, caller);
    }

    @Override
    public FileView createUnnamed(long parent, NewNode node, Caller caller) throws FsException {
        TrashRules.requireOutside(in(parent));
        return creation.createUnnamed(in(parent), node, caller);
    }

    @Override
    public void unlink(long parent, Name name, Caller caller) throws FsException {
        TrashRules.requireRemovable(in(parent), name, caller);
        removal.unlink(in(parent), name, caller);
    }

    @Override
    public void rmdir(long parent, Name name, Caller caller) throws FsException {
        TrashRules.requireRemovable(in(parent), name, caller);
        if (parent == TRASH) {
            trash().remove(name);
            return;
        }
        removal.rmdir(in(parent), name, caller);
    }

    /** Like {@link #unlink}, past the trash. */
    public void unlinkForGood(long parent, Name name, Caller caller) throws FsException {
        removalForGood.unlink(in(parent), name, caller);
    }

    /** Like {@link #rmdir}, past the trash. */
    public void rmdirForGood(long parent, Name name, Caller caller) throws FsException {
        removalForGood.rmdir(in(parent), name, caller);
    }

    @Override
    public void rename(long parent, Name name, long newParent, Name newName, int flags, Caller caller)
            throws FsException {
        TrashRules.requireMovable(in(parent), name, flags, caller);
        TrashRules.requireMakable(in(newParent), newName);
        renames.rename(in(parent), name, in(newParent), newName, flags, caller);
    }

    @Override
    public Entry link(long ino, long newParent, Name newName, Caller caller) throws FsException {
        TrashRules.requireMakable(in(newParent), newName);
        return links.link(in(ino), in(newParent), newName);
    }

    @Override
    public Bytes readlink(long ino) throws FsException {
        return client.transactions().runFresh(tx -> {
            tx.load(client.inodes().keysOf(ino), List.of());
            Node node = client.inodes().find(tx, in(ino));
            if (node instanceof Node.File file && file.record().target() != null) {
                return file.record().target();
            }
            throw new FsException(Errno.EINVAL);
        });
    }

    @Override
    public List<DirEntry> readdir(long directory, @Nullable Name after, int limit, boolean attrs) throws FsException {
        if (open.removed(directory) != null) {
            return List.of();
        }
        return directories.list(in(directory), after, limit, attrs);
    }

    // Attributes.

    @Override
    public Attr getattr(long ino) throws FsException {
        Attr removed = open.removed(ino);
        return removed != null ? removed : out(attributes.getattr(in(ino)));
    }

    @Override
    public Attr setattr(long ino, SetAttr change, Caller caller) throws FsException {
        TrashRules.requireOutside(in(ino));
        return out(attributes.setattr(in(ino), change, caller));
    }

    @Override
    public @Nullable Entry known(long parent, Name name) throws FsException {
        if (TrashRules.isTrash(in(parent), name)) {
            return null;
        }
        Entry known = lookups.known(in(parent), name);
        return known == null ? null : out(known);
    }

    @Override
    public @Nullable Attr known(long ino) throws FsException {
        Attr known = open.removed(ino);
        if (known == null) {
            known = attributes.known(in(ino));
        }
        return known == null ? null : out(known);
    }

    @Override
    public @Nullable Bytes knownXattr(long ino, Bytes name) throws FsException {
        return xattrs.known(in(ino), name);
    }

    @Override
    public boolean made(long ino) {
        Session session = client.session();
        return session != null && session.made(ino);
    }

    @Override
    public @Nullable Place place(long ino) {
        Key entry = client.inodes().entry(ino);
        return entry == null ? null : new Place(out(Keys.numberIn(entry.partition())), Keys.nameIn(entry.name()));
    }

    @Override
    public long moment() {
        return client.inodes().memory().moment();
    }

    @Override
    public boolean unchangedSince(long moment, long directory, DirEntry row) {
        return directories.unchangedSince(moment, in(directory), row);
    }

    @Override
    public Bytes getxattr(long ino, Bytes name) throws FsException {
        return xattrs.get(in(ino), name);
    }

    @Override
    public List<Bytes> listxattr(long ino) throws FsException {
        return xattrs.list(in(ino));
    }

    @Override
    public void setxattr(long ino, Bytes name, Bytes value, int flags, Caller caller) throws FsException {
        TrashRules.requireOutside(in(ino));
        xattrs.set(in(ino), name, value, flags, caller);
    }

    @Override
    public void removexattr(long ino, Bytes name, Caller caller) throws FsException {
        TrashRules.requireOutside(in(ino));
        xattrs.remove(in(ino), name);
    }

    @Override
    public FsStat statfs(long ino) throws FsException {
        long quotaRoot = client.transactions().runFresh(tx -> {
            Node node = client.inodes().find(tx, in(ino));
            return switch (node) {
                case Node.Dir dir -> dir.record().quotaRoot();
                case Node.File file -> client.inodes().quotaRoot(tx, file);
            };
        });
        return seams.usage().statfs(quotaRoot);
    }

    // Content.

    @Override
    public FileView open(long ino) throws FsException {
        // Counted first: whoever unlinks it here from now on puts a hold on it in the same commit.
        open.opened(ino);
        boolean done = false;
        try {
            FileView view = view(ino);
            if (view.attr().nlink() == 0 && orphans != null) {
                orphans.hold(ino);
            }
            done = true;
            return view;
        } finally {
            if (!done) {
                open.closed(ino);
            }
        }
    }

    @Override
    public FileView view(long ino) throws FsException {
        // The second look is the one that counts: what is remembered after nothing was unheard of is no older than that
        // moment.
        if (client.inodes().known(in(ino)) instanceof Node.File
                && seams.feed().current()
                && client.inodes().known(in(ino)) instanceof Node.File file) {
            return FileView.of(ino, file);
        }
        return client.transactions().runFresh(tx -> {
            tx.load(client.inodes().keysOf(in(ino)), List.of());
            return FileView.of(ino, client.inodes().file(tx, in(ino)));
        });
    }

    @Override
    public void closed(long ino) {
        open.closed(ino);
    }

    @Override
    public List<Extent> extents(FileView view, long offset, long lengthBytes) throws FsException {
        return seams.content().extents(view, offset, lengthBytes);
    }

    @Override
    public BlobLease newBlob() throws FsException {
        return seams.content().newBlob();
    }

    @Override
    public String blobKey(BlobId blob) {
        return seams.content().blobKey(blob);
    }

    @Override
    public List<@Nullable FileView> publish(List<Publication> publications, boolean durable) throws FsException {
        return seams.content().publish(publications, durable);
    }

    @Override
    public void sync() throws FsException {
        client.reader().sync();
    }

    // Locks.

    @Override
    public @Nullable FileLock getlk(long ino, FileLock wanted) throws FsException {
        return seams.locks().getlk(in(ino), wanted);
    }

    @Override
    public void setlk(long ino, FileLock lock) throws FsException {
        seams.locks().setlk(in(ino), lock);
    }

    @Override
    public void setlkw(long ino, FileLock lock) throws FsException {
        seams.locks().setlkw(in(ino), lock);
    }

    @Override
    public void unlockAll(long ino, FileLock.Kind kind, long owner) throws FsException {
        seams.locks().unlockAll(in(ino), kind, owner);
    }

    // Life.

    @Override
    public void listen(ChangeListener listener) {
        seams.feed().listen(root == ROOT ? listener : new SubdirListener(listener, this::out));
    }

    @Override
    public boolean feedFresh() {
        Session session = client.session();
        return (session == null || session.fresh()) && seams.feed().fresh();
    }

    /** How this client stands with the others. */
    public ClientHealth health() {
        Session session = client.session();
        return new ClientHealth(
                session == null ? null : new ClientHealth.Lease(session.alive(), session.lease(), session.silence()),
                seams.feed().fresh(),
                seams.feed().silence());
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        seams.feed().close();
        seams.locks().close();
        if (orphans != null) {
            orphans.close();
        }
        Session session = client.session();
        if (session != null) {
            session.close();
        }
    }

    /** Work in the trash, under the volume's own numbers. */
    private final class Door implements TrashDoor {
        @Override
        public List<DirEntry> list(long directory, @Nullable Name after, int limit) throws FsException {
            return directories.list(directory, after, limit, true);
        }

        @Override
        public int removeFiles(long bucket, List<Name> names) throws FsException {
            return removal.dropAll(bucket, names);
        }

        @Override
        public void removeDirectory(long bucket, Name name) throws FsException {
            removal.rmdir(bucket, name, Caller.ROOT);
        }

        @Override
        public void putBack(long bucket, Name name, long parent, Name newName) throws FsException {
            TrashRules.requireMakable(parent, newName);
            renames.rename(bucket, name, parent, newName, RENAME_NOREPLACE, Caller.ROOT);
        }
    }
}
