package dev.leat.meta.content;

import dev.leat.meta.engine.Key;
import dev.leat.meta.engine.MetaException;
import dev.leat.meta.engine.Value;
import dev.leat.meta.fs.BlobLease;
import dev.leat.meta.fs.Edit;
import dev.leat.meta.fs.Extent;
import dev.leat.meta.fs.FileType;
import dev.leat.meta.fs.FileView;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.Name;
import dev.leat.meta.fs.NewBlob;
import dev.leat.meta.fs.Node;
import dev.leat.meta.fs.Publication;
import dev.leat.meta.fs.Time;
import dev.leat.meta.record.Attributes;
import dev.leat.meta.record.EntryRecord;
import dev.leat.meta.record.ExtentPage;
import dev.leat.meta.record.FileRecord;
import dev.leat.meta.record.InodeRef;
import dev.leat.meta.record.Keys;
import dev.leat.meta.record.Layout;
import dev.leat.meta.session.Transaction;
import dev.leat.meta.session.Transactions;
import dev.leat.store.BlobId;
import dev.leat.sys.Errno;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The content half of the file system: views of files, and edits of them that become visible in one commit each.
 *
 * <p>An edit is planned on the record as it is and committed on the condition that it still is; when another client was faster it is planned
 * again on what that client left. So of two writers of the same range the later commit wins, range by range, and appended bytes move to the
 * new end.
 *
 * <p>Concurrency: any thread.
 */
public final class ContentStore {
    /** Most files looked at for one commit: more would not fit. */
    private static final int FILES_MAX = 46;

    /** Times that a large file is planned anew because another client changed it meanwhile. */
    private static final int LARGE_ATTEMPTS_MAX = 50;

    /** Quotas that one commit counts towards: they share the few operations that a batch leaves free. */
    private static final int QUOTAS_MAX = 3;

    /** Pages with fewer extents than this on average are worth writing anew; one that names a blob for each extent has at least 25. */
    private static final int SPARSE_PAGE_EXTENTS = ExtentPage.EXTENTS_MAX / 32;

    private final Transactions transactions;
    private final FileRefs refs;
    private final Pages pages;
    private final Planner planner;
    private final GenerationWriter generations;
    private final BlobIds ids;
    private final BlobKeys keys;
    private final InlineSpill spill;
    private final Garbage garbage;
    private final Charges charges;
    private final Clock clock;
    private final Attempts attempts = new Attempts();

    /**
     * The content of a volume as one client sees it.
     *
     * @param ids the session's blob ids
     * @param keys how the volume's objects are named
     * @param spill stores content that must leave its record
     * @param garbage is told of blobs that lose references
     * @param charges counts what files gain and lose
     * @param clock for file times
     */
    public ContentStore(
            Transactions transactions,
            BlobIds ids,
            BlobKeys keys,
            InlineSpill spill,
            Garbage garbage,
            Charges charges,
            Clock clock) {
        this.transactions = transactions;
        this.refs = new FileRefs(transactions.reader());
        this.pages = new Pages(transactions.reader());
        this.planner = new Planner(pages);
        this.generations = new GenerationWriter(transactions);
        this.ids = ids;
        this.keys = keys;
        this.spill = spill;
        this.garbage = garbage;
        this.charges = charges;
        this.clock = clock;
    }

    /**
     * A file's record now.
     *
     * @throws FsException ESTALE when it is gone, EINVAL when it is no regular file
     */
    public FileView view(long ino) throws FsException {
        FileRef ref = refs.load(List.of(ino)).get(ino);
        if (ref == null) {
            throw new FsException(Errno.ESTALE, "inode " + ino + " is gone");
        }
        requireFile(ref);
        return ref.view();
    }

    /**
     * Extents that touch a range of a file whose view carries none, in order. They may be of a later moment than the view, but are of one.
     *
     * @throws FsException ESTALE when the file is gone or holds its content in its record by now: view it anew
     */
    public List<Extent> extents(FileView view, long offset, long lengthBytes) throws FsException {
        return ExtentMap.joined(extentsAsStored(view, offset, lengthBytes));
    }

    /** Like {@link #extents}, cut wherever pages are. */
    List<Extent> extentsAsStored(FileView view, long offset, long lengthBytes) throws FsException {
        long ino = view.attr().ino();
        long end = offset + lengthBytes < 0 ? Long.MAX_VALUE : offset + lengthBytes;
        FileRef ref = refs.load(List.of(ino)).get(ino);
        while (ref != null) {
            List<Extent> extents =
                    switch (ref.file().layout()) {
                        case Layout.Paged paged -> pages.stored(ino, paged.generation(), offset, end);
                        case Layout.Extents(List<Extent> all) ->
                            all.stream()
                                    .filter(extent -> extent.fileOffset() < end && extent.fileEnd() > offset)
                                    .toList();
                        case Layout.Inline inline ->
                            throw new FsException(Errno.ESTALE, "inode " + ino + " became small meanwhile");
                    };
            FileRef again = refs.load(List.of(ino)).get(ino);
            if (again != null && again.stamp().equals(ref.stamp())) {
                return extents;
            }
            ref = again;
        }
        throw new FsException(Errno.ESTALE, "inode " + ino + " is gone");
    }

    /** The session's blob ids. */
    public BlobIds ids() {
        return ids;
    }

    /** Blobs that lost references through this client: where garbage collection looks first. */
    public Garbage garbage() {
        return garbage;
    }

    /** A new blob's id. */
    public BlobLease newBlob() throws FsException {
        transactions.requireWritable();
        return ids.lease();
    }

    /** The key of a blob in the volume's store. */
    public String blobKey(BlobId blob) {
        return keys.key(blob);
    }

    /** Makes changes visible; see {@link dev.leat.meta.fs.MetaFs#publish}. */
    public List<@Nullable FileView> publish(List<Publication> publications, boolean durable) throws FsException {
        List<Change> changes = new ArrayList<>(publications.size());
        for (Publication publication : publications) {
            changes.add(new Change(
                    publication.ino(),
                    publication.base(),
                    attempts.resultOf(publication.ino(), publication.base()),
                    publication.edits(),
                    publication.blobs(),
                    file -> written(file, publication.mtime(), publication.killPrivileges())));
        }
        return commit(changes, durable);
    }

    /**
     * Edits a file and changes other parts of its record in the same commit, such as for truncate.
     *
     * @param attributes applied to the record with its new content, perhaps several times
     * @return the file as it is now; null if it is gone
     */
    public @Nullable FileView update(long ino, List<Edit> edits, UnaryOperator<FileRecord> attributes, boolean durable)
            throws FsException {
        UnaryOperator<FileRecord> changes =
                edits.isEmpty() ? attributes : file -> attributes.apply(file).changedBy(ids.session());
        return commit(List.of(Change.ofAny(ino, edits, List.of(), changes)), durable)
                .getFirst();
    }

    /** Writes the pages that a plan needs before its record. */
    private Paging writePages(FileRef ref, Plan plan, PublishScope scope) throws FsException {
        List<Extent> whole = plan.whole();
        if (whole == null || !(plan.file().layout() instanceof Layout.Paged(BlobId generation, int none, long count))) {
            return new Paging(plan, null);
        }
        int pageCount = generations.write(ref.ino(), generation, whole, scope);
        FileRecord file = plan.file();
        FileRecord counted = file.withContent(
                file.sizeBytes(), file.allocatedBytes(), new Layout.Paged(generation, pageCount, count));
        return new Paging(
                new Plan(counted, List.of(), plan.deltas(), plan.unused(), null),
                Keys.pagesInMaking(ref.ino(), generation));
    }

    /**
     * A plan whose pages are written.
     *
     * @param inMaking what must still be there, and go, when the record is put; null if there are no such pages
     */
    private record Paging(Plan plan, @Nullable Key inMaking) {}

    /**
     * Puts the same bytes elsewhere: changes nothing that a reader sees, and nothing that was written over meanwhile.
     *
     * @param blobs those of the new places that the metadata does not know yet
     * @return the file as it is now; null if none of the bytes are where they were, or the file is gone
     */
    public @Nullable FileView move(long ino, List<Edit.Move> moves, List<NewBlob> blobs) throws FsException {
        Change change = Change.ofAny(ino, List.copyOf(moves), blobs, file -> file);
        return commit(List.of(change), false).getFirst();
    }

    /** How many extents the record counts of a file; joined ones where pages cut them may be fewer. */
    public long extentCount(long ino) throws FsException {
        FileRef ref = refs.load(List.of(ino)).get(ino);
        if (ref == null) {
            throw new FsException(Errno.ESTALE, "inode " + ino + " is gone");
        }
        return switch (ref.file().layout()) {
            case Layout.Inline inline -> 0;
            case Layout.Extents(List<Extent> extents) -> extents.size();
            case Layout.Paged paged -> paged.extents();
        };
    }

    /**
     * Writes the pages of a file anew when they have become nearly empty, so that a reader fetches fewer of them. A file that is
     * changed at the same time keeps those it has.
     *
     * @return the file with its new pages, or null if it has what it had
     */
    public @Nullable FileView repage(long ino) throws FsException {
        FileRef ref = refs.load(List.of(ino)).get(ino);
        if (ref == null
                || !(ref.file().layout() instanceof Layout.Paged(BlobId none, int count, long extents))
                || extents > Math.max(Layout.EXTENTS_MAX, (long) count * SPARSE_PAGE_EXTENTS)
                || (count == 1 && extents > Layout.EXTENTS_MAX)) {
            return null;
        }
        try (PublishScope scope = new PublishScope(ids, spill)) {
            Plan plan = planner.tooLarge(ref, Change.ofAny(ino, List.of(), List.of(), file -> file), scope);
            return switchTo(ref, plan, false, scope);
        }
    }

    private List<@Nullable FileView> commit(List<Change> changes, boolean durable) throws FsException {
        List<@Nullable FileView> views = new ArrayList<>(changes.size());
        try (PublishScope scope = new PublishScope(ids, spill)) {
            for (Change change : changes) {
                scope.announce(change.blobs());
            }
            while (views.size() < changes.size()) {
                List<Change> rest = changes.subList(views.size(), changes.size());
                List<@Nullable FileView> done = commitSome(rest, durable, scope);
                if (done.isEmpty()) {
                    views.add(commitLarge(rest.getFirst(), durable, scope));
                } else {
                    views.addAll(done);
                }
            }
        } catch (FsException e) {
            if (views.isEmpty()) {
                throw e;
            }
        }
        return views;
    }

    /** Commits as many of the first changes as fit; none if the first one alone is too large. */
    private List<@Nullable FileView> commitSome(List<Change> changes, boolean durable, PublishScope scope)
            throws FsException {
        List<@Nullable FileView> views = new ArrayList<>();
        List<Change> tried = new ArrayList<>();
        try {
            transactions.run(tx -> commitSome(tx, changes, durable, scope, views, tried));
        } catch (FsException e) {
            attempts.failed(e, tried);
            throw e;
        }
        return views;
    }

    private boolean commitSome(
            Transaction tx,
            List<Change> changes,
            boolean durable,
            PublishScope scope,
            List<@Nullable FileView> views,
            List<Change> tried)
            throws FsException, MetaException {
        views.clear();
        tried.clear();
        Batch batch = new Batch(scope.fresh());
        List<@Nullable FileRef> after = new ArrayList<>();
        Set<Long> merged = new HashSet<>();
        Map<Long, Long> gained = new HashMap<>();
        List<Change> some = upToRepetition(changes);
        preload(tx, some);
        for (Change change : some) {
            FileRef ref = resolve(tx, change.ino());
            if (ref == null) {
                after.add(null);
                continue;
            }
            requireFile(ref);
            Plan plan = planner.plan(ref, change, scope);
            if (plan.whole() == null && change.isIdle(plan)) {
                after.add(null);
                continue;
            }
            Map<Long, Long> more = gain(tx, ref, plan, gained);
            if (plan.whole() != null || more.size() > QUOTAS_MAX || !batch.add(ref, plan)) {
                break;
            }
            gained = more;
            after.add(ref.committed(ref.stamp(), plan.file()));
            if (change.isMerged(ref)) {
                merged.add(ref.ino());
            } else {
                tried.add(change);
            }
        }
        batch.writeTo(tx);
        charge(tx, gained);
        if (durable && !batch.isEmpty()) {
            tx.durable();
        }
        after.forEach(ref -> views.add(ref == null ? null : ref.view()));
        tx.afterwards(stamp -> {
            views.clear();
            for (FileRef ref : after) {
                if (ref == null) {
                    views.add(null);
                } else {
                    FileView view = ref.committed(stamp, ref.file()).view();
                    views.add(merged.contains(ref.ino()) ? view.asMerged() : view);
                    usedGeneration(ref, scope);
                }
            }
            scope.committed(batch.introduced());
            garbage.shrunk(batch.shrunk());
        });
        return true;
    }

    /** Commits one change whose extents do not fit into one commit: all as new pages first, then the record. */
    private @Nullable FileView commitLarge(Change change, boolean durable, PublishScope scope) throws FsException {
        for (int attempt = 0; attempt < LARGE_ATTEMPTS_MAX; attempt++) {
            FileRef ref = refs.load(List.of(change.ino())).get(change.ino());
            if (ref == null) {
                return null;
            }
            Plan plan = planner.tooLarge(ref, change, scope);
            FileView view;
            try {
                view = switchTo(ref, plan, durable, scope);
            } catch (FsException e) {
                attempts.failed(e, change.isMerged(ref) ? List.of() : List.of(change));
                throw e;
            }
            scope.generationUsed(ref.ino());
            if (view != null) {
                return change.isMerged(ref) ? view.asMerged() : view;
            }
        }
        throw new FsException(
                Errno.EIO,
                "inode " + change.ino() + " is changed by others faster than its new extents can be written");
    }

    /** Writes the pages of a plan, then puts its record; null if the one it was made from has changed meanwhile. */
    private @Nullable FileView switchTo(FileRef ref, Plan plan, boolean durable, PublishScope scope)
            throws FsException {
        Paging paging = writePages(ref, plan, scope);
        Plan ready = paging.plan();
        Key building = paging.inMaking();
        FileView[] view = new FileView[1];
        transactions.run(tx -> {
            // Nothing is committed when the record differs, so what is remembered of it would never be put right.
            tx.forget(Keys.inodeRef(ref.ino()));
            tx.forget(ref.key());
            FileRef now = resolve(tx, ref.ino());
            if (now == null || !now.stamp().equals(ref.stamp()) || !now.key().equals(ref.key())) {
                return false;
            }
            Batch batch = new Batch(scope.fresh());
            if (!batch.add(now, ready)) {
                throw new IllegalStateException("a record and " + ready.deltas().size() + " blobs exceed one commit");
            }
            batch.writeTo(tx);
            charge(tx, gain(tx, now, ready, Map.of()));
            if (building != null) {
                tx.exists(building);
                tx.delete(building);
            }
            if (durable) {
                tx.durable();
            }
            tx.afterwards(stamp -> {
                view[0] = now.committed(stamp, ready.file()).view();
                scope.committed(batch.introduced());
                garbage.shrunk(batch.shrunk());
            });
            return true;
        });
        return view[0];
    }

    /** What each quota gains by one more change. */
    private Map<Long, Long> gain(Transaction tx, FileRef ref, Plan plan, Map<Long, Long> before)
            throws FsException, MetaException {
        long bytes = plan.file().allocatedBytes() - ref.file().allocatedBytes();
        // What has no name was taken off when it lost the last one.
        if (bytes == 0 || ref.file().nlink() == 0) {
            return before;
        }
        Map<Long, Long> after = new HashMap<>(before);
        Node.File node = new Node.File(ref.ino(), ref.key(), ref.embedded(), ref.file(), ref.stamp());
        after.merge(charges.quotaRoot(tx, node), bytes, Long::sum);
        return after;
    }

    private void charge(Transaction tx, Map<Long, Long> gained) throws FsException, MetaException {
        for (Map.Entry<Long, Long> quota : gained.entrySet()) {
            charges.charge(tx, quota.getKey(), quota.getValue());
        }
    }

    /** Finds an inode's record through a transaction, so that what it remembers saves the round trips. */
    @Nullable
    FileRef resolve(Transaction tx, long ino) throws FsException, MetaException {
        Key key = Keys.inodeRef(ino);
        for (int look = 0; look < FileRefs.LOOKS_MAX; look++) {
            Value value = tx.get(key);
            if (value == null) {
                return null;
            }
            switch (InodeRef.decode(value.bytes())) {
                case InodeRef.Full(FileRecord file) -> {
                    return new FileRef(ino, key, false, value.stamp(), file);
                }
                case InodeRef.At(long parent, Name name) -> {
                    Key entry = Keys.entry(parent, name);
                    Value there = tx.get(entry);
                    if (there != null
                            && EntryRecord.decode(there.bytes())
                                    instanceof EntryRecord.Embedded(long found, FileRecord file)
                            && found == ino) {
                        refs.hint(ino, entry);
                        return new FileRef(ino, entry, true, there.stamp(), file);
                    }
                    tx.forget(key);
                    tx.forget(entry);
                }
            }
        }
        throw FileRefs.restless(ino);
    }

    private static void preload(Transaction tx, List<Change> changes) throws FsException, MetaException {
        List<Key> inodes = new ArrayList<>(changes.size());
        changes.forEach(change -> inodes.add(Keys.inodeRef(change.ino())));
        tx.load(inodes, List.of());
        List<Key> entries = new ArrayList<>(changes.size());
        for (Key inode : inodes) {
            Value value = tx.get(inode);
            if (value != null && InodeRef.decode(value.bytes()) instanceof InodeRef.At(long parent, Name name)) {
                entries.add(Keys.entry(parent, name));
            }
        }
        tx.load(entries, List.of());
    }

    /** The first changes up to one of a file that is among them already: a commit puts each record once. */
    private static List<Change> upToRepetition(List<Change> changes) {
        Set<Long> inos = new HashSet<>();
        int count = 0;
        while (count < Math.min(changes.size(), FILES_MAX)
                && inos.add(changes.get(count).ino())) {
            count++;
        }
        return changes.subList(0, count);
    }

    private static void usedGeneration(FileRef ref, PublishScope scope) {
        if (ref.file().layout() instanceof Layout.Paged) {
            scope.generationUsed(ref.ino());
        }
    }

    private FileRecord written(FileRecord file, @Nullable Time mtime, boolean killPrivileges) {
        Attributes attributes = file.attributes();
        Time now = Time.now(clock);
        Time modified = mtime == null ? now : mtime;
        // The write changed both times at once. A time that was set into the past (or the future) moved the change time
        // when it was set.
        Time changed = modified.compareTo(now) > 0 ? now : modified;
        Time ctime = changed.compareTo(attributes.ctime()) > 0 ? changed : attributes.ctime();
        attributes = attributes.withTimes(attributes.atime(), modified, ctime);
        if (killPrivileges) {
            attributes = attributes.withMode(Privileges.cleared(attributes.mode()));
        }
        return file.with(attributes).changedBy(ids.session());
    }

    private static void requireFile(FileRef ref) throws FsException {
        if (ref.file().type() != FileType.FILE) {
            throw new FsException(Errno.EINVAL, "inode " + ref.ino() + " is no regular file");
        }
    }
}
