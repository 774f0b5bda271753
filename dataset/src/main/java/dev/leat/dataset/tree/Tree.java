package dev.leat.dataset.tree;

import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.Source;
import dev.leat.dataset.source.SourceEntry;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tree of one source or of several, each a {@link Branch}, in memory and read when it is looked at. A directory is listed when somebody wants a name in it, and
 * again when the listing is older than {@link Freshness} allows; facts that a listing lacks are asked for file by file, ahead
 * of whoever looks at one file after the other.
 *
 * <p><b>Versions.</b> A node is one version of a file. When the source shows another one, a new node takes its place and the
 * old one is <i>gone</i>: it can still be read by who has it open, as far as the cache has its bytes or the source still has
 * that version, and cannot be opened any more.
 *
 * <p><b>A source that is away.</b> What is known already is taken for true for longer while the source cannot be asked, if
 * freshness goes by time; who wants to know waits a moment only. What is not known fails.
 *
 * <p><b>Concurrency.</b> All methods from any thread. One thread lists a directory, one looks a file up at a time; who comes
 * meanwhile waits for it. No lock is held while another is taken, but of a file's while its directory's children are changed,
 * which is a map of its own.
 */
public final class Tree implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Tree.class);

    private static final int LOCKS = 1024;

    /** Files that are looked up ahead of one who looks at all of a directory, and how many at a time in all. */
    private static final int AHEAD = 64;

    private static final int AHEAD_AT_A_TIME = 16;

    /** How long the kernel takes names for true that lead to branches, which come and go. */
    private static final long WAY_NS = TimeUnit.SECONDS.toNanos(1);

    private final LongSupplier clock;
    private final Nodes nodes;
    private final ReentrantLock[] locks = new ReentrantLock[LOCKS];
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore ahead = new Semaphore(AHEAD_AT_A_TIME);
    private final LongAdder changed = new LongAdder();
    private final ReentrantLock regraft = new ReentrantLock();
    private final News news;
    private final Directories directories;
    private volatile Branches branches = Branches.NONE;

    /**
     * A name in a directory.
     *
     * @param directory the directory
     * @param name the name
     */
    public record Name(Node directory, String name) {}

    /**
     * What the tree went through.
     *
     * @param nodes names that the kernel or a listing of it knows
     * @param changedFiles files whose version changed while they were known
     * @param overdueAnswers answers that were older than they should be, since the source could not be asked
     * @param listings directories that sources were asked for
     * @param rememberedListings directories that were known from an earlier mount, or after memory was let go of
     * @param listingHeapBytes bytes of names in memory
     */
    public record Stats(
            long nodes,
            long changedFiles,
            long overdueAnswers,
            long listings,
            long rememberedListings,
            long listingHeapBytes) {}

    /**
     * Shows nothing yet.
     *
     * @param store where listings are kept over mounts; null to keep them in memory alone
     * @param generation how many trees there were before that the kernel may know
     */
    public Tree(@Nullable ListingStore store, int generation) {
        this(System::nanoTime, store, generation);
    }

    /** Shows a source; nothing is asked yet. */
    public Tree(Source source, Freshness freshness) {
        this(source, freshness, System::nanoTime);
    }

    Tree(Source source, Freshness freshness, LongSupplier clock) {
        this(clock, null, 0);
        attach(new Branch(0, source.location(), "", source, freshness, null));
    }

    Tree(LongSupplier clock, @Nullable ListingStore store, int generation) {
        this.clock = clock;
        this.nodes = new Nodes(clock.getAsLong(), generation);
        this.news = new News(threads);
        this.directories = new Directories(news, clock, store);
        for (int i = 0; i < LOCKS; i++) {
            locks[i] = new ReentrantLock();
        }
    }

    /** The directory at the top. */
    public Node root() {
        return nodes.root();
    }

    /** The node of a number; null if it has been let go of. */
    public @Nullable Node node(long id) {
        return nodes.get(id);
    }

    /** The node that has an inode number now, if anybody knows it. */
    public @Nullable Node byIno(long ino) {
        return nodes.byIno(ino);
    }

    /** The inode number of a name in a directory, whether or not anybody knows it yet. */
    public long ino(Node directory, String name) {
        Node known = directory.directory().children.get(name);
        return known == null ? Nodes.ino(directory.ino(), name) : known.ino();
    }

    /** What the tree went through. */
    public Stats stats() {
        return new Stats(
                nodes.count(),
                changed.sum(),
                news.overdue(),
                directories.asked(),
                directories.remembered(),
                directories.heldBytes());
    }

    // Branches.

    /**
     * Shows a source.
     *
     * @return names of which the kernel may know what is not true any more
     * @throws IllegalArgumentException if there is one at its path already
     */
    public List<Name> attach(Branch branch) {
        return change(now -> now.with(branch));
    }

    /** Shows a source no longer, with the same result. */
    public List<Name> detach(Branch branch) {
        return change(now -> now.without(branch));
    }

    /** Shows a source in place of another one, with the same result. */
    public List<Name> replace(Branch branch, Branch by) {
        return change(now -> now.without(branch).with(by));
    }

    /**
     * A source has told that a file of it was made, replaced or removed: what is known of it is asked for again.
     *
     * @param path in the source
     * @param removed whether there is no such file any more
     * @return names of which the kernel may know what is not true any more
     */
    public List<Name> changed(Branch branch, String path, boolean removed) {
        List<Name> names = new ArrayList<>();
        Node at = top(branch);
        String above = "";
        List<Node> way = new ArrayList<>();
        String[] parts = path.split("/");
        for (int i = 0; i < parts.length; i++) {
            boolean last = i == parts.length - 1;
            Listing listed = at == null || !at.isDirectory() ? null : at.directory().listed;
            SourceEntry entry = listed == null ? null : listed.find(parts[i]);
            boolean isKnown = entry != null && entry.facts().kind() == EntryKind.DIRECTORY;
            if (last || !isKnown) {
                directories.outdated(branch, at != null && at.isDirectory() ? at : null, above);
            }
            Node child = at == null || !at.isDirectory()
                    ? null
                    : at.directory().children.get(parts[i]);
            if (at != null && at.isDirectory()) {
                way.add(at);
                if (last || !isKnown) {
                    names.add(new Name(at, parts[i]));
                }
            }
            if (last && child != null && !child.isDirectory()) {
                child.suspect();
            }
            at = child == null || child.branch() != branch ? null : child;
            above = above.isEmpty() ? parts[i] : above + "/" + parts[i];
        }
        if (removed) {
            // A directory that has no other file may be gone with its last one.
            for (int i = way.size() - 1; i > 0; i--) {
                Node parent = way.get(i - 1);
                directories.outdated(branch, parent, parent.sourcePath());
                names.add(new Name(parent, way.get(i).name()));
            }
        }
        return names;
    }

    /** The directory where a branch is shown, if anybody knows it. */
    private @Nullable Node top(Branch branch) {
        Node at = root();
        for (String name : branch.path().split("/")) {
            if (!name.isEmpty() && at != null) {
                at = at.isDirectory() ? at.directory().children.get(name) : null;
            }
        }
        return at == null || at.branch() != branch ? null : at;
    }

    private List<Name> change(UnaryOperator<Branches> change) {
        regraft.lock();
        try {
            Branches before = branches;
            Branches now = change.apply(before);
            branches = now;
            return Regraft.run(before, now, nodes);
        } finally {
            regraft.unlock();
        }
    }

    static Freshness freshness(Node node) {
        Branch branch = node.branch();
        return branch == null ? Freshness.DEFAULT : branch.freshness();
    }

    static Branch branch(Node node) throws StoreException {
        Branch branch = node.branch();
        if (branch == null) {
            throw new StoreException(Kind.NOT_FOUND, node.path() + " is of no source");
        }
        return branch;
    }

    // Names.

    /**
     * The names in a directory.
     *
     * @throws StoreException NOT_FOUND if the directory is gone
     */
    public Listing list(Node node) throws StoreException {
        return directories.list(node, branches);
    }

    /**
     * Finds a name.
     *
     * @return null if there is none; a file's length is known
     */
    public @Nullable Node lookup(Node directory, String name) throws StoreException {
        Listing listing = list(directory);
        int index = listing.indexOf(name);
        if (index < 0) {
            return null;
        }
        SourceEntry entry = listing.entries().get(index);
        if (!entry.facts().isShowable()) {
            lookAhead(directory, listing, index);
        }
        Node child = child(directory, listing, entry);
        return child.isDirectory() || !needsLook(child) ? child : look(child, false);
    }

    /** Finds a path, as {@link #lookup} does its names. */
    public @Nullable Node find(String path) throws StoreException {
        Node at = root();
        for (String name : path.split("/")) {
            if (!name.isEmpty() && at != null) {
                at = at.isDirectory() ? lookup(at, name) : null;
            }
        }
        return at;
    }

    /** Whether attributes of a file have to be asked for before they are shown. */
    private boolean needsLook(Node file) {
        if (!file.facts().isShowable() || file.isSuspect()) {
            return true;
        }
        // What only a page of names said is as true as the page.
        return file.facts().isConfirmed() && isOld(file);
    }

    private boolean isOld(Node file) {
        return now() - file.checkedNs() >= freshness(file).ttl().toNanos();
    }

    /**
     * Finds a name from memory, without waiting.
     *
     * @return null if it would have to be asked for
     */
    public @Nullable Node known(Node directory, String name) {
        Listing listing = directories.known(directory, branches);
        SourceEntry entry = listing == null ? null : listing.find(name);
        return listing == null || entry == null ? null : known(directory, listing, entry);
    }

    /** The node of an entry of a listing, if all that its attributes need is known. */
    public @Nullable Node known(Node directory, Listing listing, SourceEntry entry) {
        Node child = child(directory, listing, entry);
        return child.isDirectory() || !needsLook(child) ? child : null;
    }

    private Node child(Node directory, Listing listing, SourceEntry entry) {
        Node.Directory in = directory.directory();
        Branch of = branches.of(directory, entry.name());
        Node known = in.children.get(entry.name());
        if (known != null && known.branch() == of && isSame(known, listing, entry.facts())) {
            return known;
        }
        return in.children.compute(entry.name(), (name, there) -> {
            boolean same = there != null && there.branch() == of && isSame(there, listing, entry.facts());
            if (there != null && (there != known || same)) {
                return there;
            }
            if (there != null) {
                replaced(there);
            }
            return nodes.make(directory, name, of, entry.facts(), listing.bornNs());
        });
    }

    /** Whether a node is what an entry tells of; if so, it learns from it. */
    private static boolean isSame(Node node, Listing listing, Facts entry) {
        if (node.isGone()) {
            return false;
        }
        if (node.checkedNs() - listing.bornNs() >= 0) {
            // It was looked at later than the names were listed.
            return true;
        }
        Facts facts = node.facts();
        if (facts.kind() != entry.kind() || !Objects.equals(facts.target(), entry.target())) {
            return false;
        }
        if (entry.kind() == EntryKind.DIRECTORY) {
            node.listed(entry, listing.bornNs());
            return true;
        }
        if (entry.validator() != null && facts.validator() != null) {
            if (!entry.validator().equals(facts.validator())) {
                return false;
            }
            node.listed(entry, listing.bornNs());
            return true;
        }
        boolean sizesDiffer = entry.isSized() && facts.isSized() && entry.sizeBytes() != facts.sizeBytes();
        if (!sizesDiffer && !facts.isConfirmed()) {
            node.listed(entry, listing.bornNs());
        }
        return !sizesDiffer;
    }

    private void replaced(Node old) {
        old.gone();
        if (!old.isDirectory()) {
            changed.increment();
        }
        // One that the kernel has never heard of is forgotten by nobody.
        if (old.forgotten(0)) {
            nodes.drop(old);
        }
    }

    // Facts.

    /** Looks up the files behind one, if files are looked at in the order of their names. */
    private void lookAhead(Node directory, Listing listing, int index) {
        Node.Directory in = directory.directory();
        int before = in.lastLooked;
        in.lastLooked = index;
        if (index <= before || index - before > 2) {
            return;
        }
        int end = Math.min(index + AHEAD, listing.entries().size());
        int from = Math.max(index + 1, in.aheadTo);
        if (from - index > AHEAD / 2) {
            return;
        }
        in.aheadTo = Math.max(end, from);
        for (int i = from; i < end; i++) {
            SourceEntry entry = listing.entries().get(i);
            if (entry.facts().kind() != EntryKind.FILE) {
                continue;
            }
            try {
                threads.execute(() -> lookQuietly(directory, listing, entry));
            } catch (RejectedExecutionException e) {
                return;
            }
        }
    }

    private void lookQuietly(Node directory, Listing listing, SourceEntry entry) {
        try {
            ahead.acquire();
            try {
                Node file = child(directory, listing, entry);
                if (!file.isDirectory() && needsLook(file)) {
                    look(file, false);
                }
            } finally {
                ahead.release();
            }
        } catch (StoreException e) {
            // Whoever wants the file will hear of it.
            log.debug("{}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Asks for the facts of a file; from memory if they are known and the source cannot be asked, unless {@code strict}.
     *
     * @return the node that has the name now; null if nothing has it
     */
    private @Nullable Node look(Node file, boolean strict) throws StoreException {
        if (strict || !file.facts().isConfirmed() || file.isSuspect()) {
            return lookNow(file, strict);
        }
        Node[] found = new Node[1];
        boolean known = news.ask(
                () -> {
                    found[0] = lookNow(file, false);
                    return false;
                },
                true,
                () -> file.listed(file.facts(), now() - freshness(file).ttl().toNanos() + News.AWAY_NS),
                file);
        return known ? file : found[0];
    }

    private @Nullable Node lookNow(Node file, boolean strict) throws StoreException {
        Node parent = file.parent();
        if (parent == null) {
            return file;
        }
        ReentrantLock lock = locks[(int) (file.ino() & (LOCKS - 1))];
        long askedNs = now();
        lock.lock();
        try {
            Node there = parent.directory().children.get(file.name());
            if (there != null && there != file) {
                return there;
            }
            // Somebody else asked while we waited.
            if (file.facts().isConfirmed() && !file.isSuspect() && file.checkedNs() - askedNs > 0) {
                return file;
            }
            if (!strict && file.facts().isConfirmed() && !file.isSuspect() && !isOld(file)) {
                return file;
            }
            Facts facts;
            try {
                facts = branch(file).source().facts(file.sourcePath());
            } catch (StoreException e) {
                if (e.kind() != Kind.NOT_FOUND) {
                    throw e;
                }
                file.gone();
                parent.directory().children.remove(file.name(), file);
                return null;
            }
            return accept(file, parent, facts);
        } finally {
            lock.unlock();
        }
    }

    private Node accept(Node file, Node parent, Facts facts) {
        Facts before = file.facts();
        boolean same = before.kind() == facts.kind()
                && Objects.equals(before.target(), facts.target())
                && (before.validator() == null
                        ? !before.isSized() || before.sizeBytes() == facts.sizeBytes()
                        : before.validator().equals(facts.validator()));
        if (same) {
            file.checked(facts, now());
            return file;
        }
        replaced(file);
        Node other = nodes.make(parent, file.name(), file.branch(), facts, now());
        parent.directory().children.put(file.name(), other);
        return other;
    }

    /**
     * Makes sure of a file's version before it is opened.
     *
     * @return its facts; null if the node is no version of the file any more and the name has to be looked up again
     */
    public @Nullable Facts open(Node file) throws StoreException {
        if (file.isGone()) {
            return null;
        }
        boolean atOpen = freshness(file).atOpen();
        boolean ask = atOpen || !file.facts().isConfirmed() || file.isSuspect() || isOld(file);
        Node now = ask ? look(file, atOpen) : file;
        return now == file ? file.facts() : null;
    }

    /** The source has shown that a file is another version by now: the next one who wants it asks. */
    public void suspect(Node file) {
        file.suspect();
    }

    // What the kernel knows.

    /**
     * Enters what the kernel was told of by the tree before this one. It is looked at again before it is shown.
     *
     * @param parentId of the directory that it is in, which is entered first
     * @return null if that directory, or whatever has the number, is something else
     */
    public @Nullable Node restore(long id, long parentId, String name, Facts facts) {
        return nodes.restore(id, parentId, name, branches, facts, now());
    }

    /** Counts a lookup that the kernel is told of; false if the node has just been let go of and must be looked up again. */
    public boolean lookedUp(Node node) {
        return node.parent() == null || node.lookedUp();
    }

    /** The kernel has forgotten lookups of a node. */
    public void forgotten(long id, long count) {
        Node node = nodes.get(id);
        if (node != null && node.parent() != null && node.forgotten(count)) {
            nodes.drop(node);
        }
    }

    /** For how long a name in a directory may be taken for what it is now, in nanoseconds. */
    public long nameTtlNs(Node directory) {
        if (!directory.isDirectory() || directory.isGone()) {
            return 0;
        }
        Listing listing = directory.directory().listed;
        long ttl = directory.branch() == null
                ? WAY_NS
                : listing == null
                        ? 0
                        : left(listing.bornNs(), freshness(directory).ttl());
        return branches.names(directory).isEmpty() ? ttl : Math.min(ttl, WAY_NS);
    }

    /** For how long a node's attributes may be taken for true, in nanoseconds. */
    public long attributeTtlNs(Node node) {
        Branch branch = node.branch();
        if (branch == null) {
            return WAY_NS;
        }
        Duration ttl = branch.freshness().ttl();
        if (node.parent() == null) {
            return ttl.toNanos();
        }
        return node.isSuspect() || node.isGone() ? 0 : left(node.checkedNs(), ttl);
    }

    private long left(long bornNs, Duration ttl) {
        return Math.clamp(ttl.toNanos() - (now() - bornNs), 0, ttl.toNanos());
    }

    private long now() {
        return clock.getAsLong();
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
