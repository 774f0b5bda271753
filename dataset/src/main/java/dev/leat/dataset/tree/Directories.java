package dev.leat.dataset.tree;

import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The names in directories: from memory while they are fresh, or from an earlier mount, else from the source; with the names that
 * lead to branches. Of what is in the heap, listings that nobody looked at for longest are let go of.
 */
final class Directories {
    private static final Logger log = LoggerFactory.getLogger(Directories.class);

    /** Deeper there is nothing but a server that shows the same page under every name. */
    private static final int DEPTH_MAX = 128;

    /** How often a directory is asked for once more since it changed while it was listed. */
    private static final int AGAIN = 3;

    /** Most bytes of names in the heap; what is more is found in files, or asked for again. */
    private static final long HELD_BYTES_MAX = 32L << 20;

    /** What a listing takes beside its names. */
    private static final long HELD_EXTRA_BYTES = 256;

    /** A listing in memory; perhaps not its directory's any more. */
    private record Held(Node node, Listing listing, long bytes) {}

    private final News news;
    private final LongSupplier clock;

    /** What a directory shows that is of no source, beside the names that lead to branches. */
    private final Listing none;

    /** Where listings are kept; null to keep them in memory alone. */
    private final @Nullable ListingStore store;

    private final Deque<Held> held = new ArrayDeque<>(); // guarded by itself
    private long heldBytes; // guarded by held
    private final LongAdder asked = new LongAdder();
    private final LongAdder remembered = new LongAdder();

    Directories(News news, LongSupplier clock, @Nullable ListingStore store) {
        this.store = store;
        this.news = news;
        this.clock = clock;
        this.none = Listing.none(clock.getAsLong());
    }

    /** The names in a directory, as {@link Tree#list}. */
    Listing list(Node node, Branches branches) throws StoreException {
        if (node.isGone()) {
            throw new StoreException(Kind.NOT_FOUND, node.path() + " is not shown any more");
        }
        return shown(node, node.branch() == null ? none : listed(node, branches), branches);
    }

    /** The same from memory; null if they would have to be asked for. */
    @Nullable
    Listing known(Node node, Branches branches) {
        if (!node.isDirectory() || node.isGone()) {
            return null;
        }
        Listing listed = node.branch() == null ? none : node.directory().listed;
        boolean fresh = listed == none || (listed != null && isTrusted(node, listed));
        if (listed == null || !fresh) {
            return null;
        }
        node.directory().used = true;
        if (branches.names(node).isEmpty()) {
            return listed;
        }
        Node.Shown shown = node.directory().shown;
        boolean current = shown != null && shown.branches() == branches && shown.listed() == listed;
        return current && shown != null ? shown.all() : null;
    }

    /** Listings asked of sources, and found from an earlier mount. */
    long asked() {
        return asked.sum();
    }

    long remembered() {
        return remembered.sum();
    }

    /** Bytes of names in the heap. */
    long heldBytes() {
        synchronized (held) {
            return heldBytes;
        }
    }

    /** Keeps within bounds what is in the heap; a directory that somebody looked at since it was its turn gets another one. */
    private void hold(Node node, Listing listing) {
        Held added = new Held(node, listing, listing.names().heapBytes() + HELD_EXTRA_BYTES);
        synchronized (held) {
            held.addLast(added);
            heldBytes += added.bytes;
            int turns = held.size();
            while (heldBytes > HELD_BYTES_MAX && turns-- > 0) {
                Held next = held.removeFirst();
                Node.Directory directory = next.node.directory();
                synchronized (directory) {
                    boolean isCurrent = directory.listed == next.listing;
                    if (isCurrent && (next.listing == listing || directory.used)) {
                        directory.used = false;
                        held.addLast(next);
                        continue;
                    }
                    if (isCurrent) {
                        directory.listed = null;
                        directory.shown = null;
                    }
                }
                heldBytes -= next.bytes;
            }
        }
    }

    /** Forgets what was told of a directory's names; of one that is not known, what an earlier mount was told. */
    void outdated(Branch branch, @Nullable Node known, String sourcePath) {
        if (known != null) {
            known.outdated();
        }
        if (store != null) {
            store.drop(branch, sourcePath);
        }
    }

    private Listing listed(Node node, Branches branches) throws StoreException {
        Node.Directory directory = node.directory();
        Listing known = directory.listed;
        if (known == null) {
            known = remembered(node);
        }
        if (known != null && isTrusted(node, known)) {
            directory.used = true;
            return known;
        }
        if (node.depth() > DEPTH_MAX) {
            throw new StoreException(
                    Kind.INVALID, node.path() + " lies below " + DEPTH_MAX + " others: the source leads in a circle");
        }
        if (known == null) {
            return listNow(node, branches);
        }
        return news.ask(
                () -> listNow(node, branches),
                known,
                () -> directory.trustedUntilNs = clock.getAsLong() + News.AWAY_NS,
                node);
    }

    /** What an earlier mount was told, or this one before it let go of it. */
    private @Nullable Listing remembered(Node node) throws StoreException {
        ListingStore from = store;
        Node.Directory directory = node.directory();
        Branch branch = Tree.branch(node);
        if (from == null) {
            return null;
        }
        directory.listing.lock();
        try {
            if (directory.listed != null) {
                return directory.listed;
            }
            ListingStore.Loaded loaded = from.load(branch, node.sourcePath());
            long ageMs = loaded == null ? 0 : System.currentTimeMillis() - loaded.bornEpochMs();
            if (loaded == null || ageMs < 0) {
                // From the future: the clock was set back, and nobody can tell how old it is.
                return null;
            }
            long bornNs = clock.getAsLong() - TimeUnit.MILLISECONDS.toNanos(ageMs);
            Listing listing = new Listing(loaded.names(), loaded.hidden(), bornNs);
            if (!take(node, listing, branch)) {
                return null;
            }
            remembered.increment();
            return listing;
        } finally {
            directory.listing.unlock();
        }
    }

    private boolean take(Node node, Listing listing, Branch branch) {
        if (!node.take(listing, branch)) {
            return false;
        }
        hold(node, listing);
        return true;
    }

    private boolean isTrusted(Node node, Listing listing) {
        long nowNs = clock.getAsLong();
        return nowNs - listing.bornNs() < Tree.freshness(node).ttl().toNanos()
                || nowNs - node.directory().trustedUntilNs < 0;
    }

    /** The names of the source, and those that lead to branches. */
    private Listing shown(Node node, Listing listed, Branches now) throws StoreException {
        Collection<String> ways = now.names(node);
        if (ways.isEmpty()) {
            return listed;
        }
        Node.Shown before = node.directory().shown;
        if (before != null && before.branches() == now && before.listed() == listed) {
            return before.all();
        }
        Listing all = listed.covered(ways, store);
        node.directory().shown = new Node.Shown(now, listed, all);
        return all;
    }

    private Listing listNow(Node node, Branches branches) throws StoreException {
        Node.Directory directory = node.directory();
        directory.listing.lock();
        try {
            int again = AGAIN;
            while (true) {
                int news = directory.news;
                Branch branch = Tree.branch(node);
                Listing known = directory.listed;
                long bornNs = clock.getAsLong();
                if (known != null
                        && bornNs - known.bornNs() < branch.freshness().ttl().toNanos()) {
                    return known;
                }
                Listing listing = ask(node, branch, bornNs, branches);
                if (news != directory.news && again-- > 0) {
                    // Something was told of it meanwhile, and nobody knows whether it is in there.
                    continue;
                }
                if (listing.hidden() > 0 && (known == null || known.hidden() != listing.hidden())) {
                    log.warn(
                            "{} names in {}/{} cannot be shown, or are a directory's too, and are left out",
                            listing.hidden(),
                            branch.source().location(),
                            node.sourcePath());
                }
                if (take(node, listing, branch)) {
                    return listing;
                }
            }
        } finally {
            directory.listing.unlock();
        }
    }

    private Listing ask(Node node, Branch branch, long bornNs, Branches branches) throws StoreException {
        long bornEpochMs = System.currentTimeMillis();
        asked.increment();
        try (Listing.Builder names = new Listing.Builder(store)) {
            try {
                branch.source().list(node.sourcePath(), names::add);
            } catch (StoreException e) {
                // A directory that leads to a branch is there, whether or not the source has it.
                if (e.kind() != Kind.NOT_FOUND
                        || branches.names(node).isEmpty()
                        || node.sourcePath().isEmpty()) {
                    throw e;
                }
            }
            Listing listing = names.build(bornNs);
            if (store != null) {
                store.save(branch, node.sourcePath(), listing.names(), listing.hidden(), bornEpochMs);
            }
            return listing;
        }
    }
}
