package dev.leat.dataset.tree;

import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.util.Collection;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The names in directories: from memory while they are fresh, else from the source; with the names that lead to branches. */
final class Directories {
    private static final Logger log = LoggerFactory.getLogger(Directories.class);

    /** Deeper there is nothing but a server that shows the same page under every name. */
    private static final int DEPTH_MAX = 128;

    private final News news;
    private final LongSupplier clock;

    /** What a directory shows that is of no source, beside the names that lead to branches. */
    private final Listing none;

    Directories(News news, LongSupplier clock) {
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
        return listed == null || !fresh ? null : shown(node, listed, branches);
    }

    private Listing listed(Node node, Branches branches) throws StoreException {
        Node.Directory directory = node.directory();
        Listing known = directory.listed;
        if (known != null && isTrusted(node, known)) {
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

    private boolean isTrusted(Node node, Listing listing) {
        long nowNs = clock.getAsLong();
        return nowNs - listing.bornNs() < Tree.freshness(node).ttl().toNanos()
                || nowNs - node.directory().trustedUntilNs < 0;
    }

    /** The names of the source, and those that lead to branches. */
    private Listing shown(Node node, Listing listed, Branches now) {
        Collection<String> ways = now.names(node);
        if (ways.isEmpty()) {
            return listed;
        }
        Node.Shown before = node.directory().shown;
        if (before != null && before.branches() == now && before.listed() == listed) {
            return before.all();
        }
        Listing all = listed.covered(ways);
        node.directory().shown = new Node.Shown(now, listed, all);
        return all;
    }

    private Listing listNow(Node node, Branches branches) throws StoreException {
        Node.Directory directory = node.directory();
        directory.listing.lock();
        try {
            while (true) {
                Branch branch = Tree.branch(node);
                Listing known = directory.listed;
                long bornNs = clock.getAsLong();
                if (known != null
                        && bornNs - known.bornNs() < branch.freshness().ttl().toNanos()) {
                    return known;
                }
                Listing listing = ask(node, branch, bornNs, branches);
                if (listing.hidden() > 0 && (known == null || known.hidden() != listing.hidden())) {
                    log.warn(
                            "{} names in {}/{} cannot be shown, or are a directory's too, and are left out",
                            listing.hidden(),
                            branch.source().location(),
                            node.sourcePath());
                }
                if (node.take(listing, branch)) {
                    return listing;
                }
            }
        } finally {
            directory.listing.unlock();
        }
    }

    private Listing ask(Node node, Branch branch, long bornNs, Branches branches) throws StoreException {
        Listing.Builder names = new Listing.Builder();
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
        return names.build(bornNs);
    }
}
