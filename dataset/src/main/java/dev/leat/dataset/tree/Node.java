package dev.leat.dataset.tree;

import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Facts;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Something in the tree that somebody knows by a number. A node is one version of a file: what the kernel remembers of it,
 * pages above all, stays true for ever. Another version is another node with the same inode number.
 */
public final class Node {
    private final long id;
    private final long ino;
    private final @Nullable Node parent;
    private final String name;
    private volatile @Nullable Branch branch;
    private volatile Facts facts;
    private volatile long checkedNs;
    private volatile boolean gone;
    private volatile boolean suspect;
    private long lookups; // guarded by this
    private boolean dropped; // guarded by this
    private final @Nullable Directory directory;

    /** What only a directory has. */
    static final class Directory {
        final ReentrantLock listing = new ReentrantLock();
        final Map<String, Node> children = new ConcurrentHashMap<>();
        volatile @Nullable Listing listed;
        volatile @Nullable Shown shown;
        volatile long trustedUntilNs;
        volatile boolean used;
        volatile int news;
        volatile int lastLooked = -2;
        volatile int aheadTo;
    }

    /**
     * What a directory shows where branches begin below it.
     *
     * @param branches those that there were
     * @param listed names of the source that there were
     * @param all both
     */
    record Shown(Branches branches, @Nullable Listing listed, Listing all) {}

    Node(long id, long ino, @Nullable Node parent, String name, @Nullable Branch branch, Facts facts, long checkedNs) {
        this.id = id;
        this.ino = ino;
        this.parent = parent;
        this.name = name;
        this.branch = branch;
        this.facts = facts;
        this.checkedNs = checkedNs;
        this.directory = facts.kind() == EntryKind.DIRECTORY ? new Directory() : null;
    }

    /** Its number, never used for anything else while the tree lives. */
    public long id() {
        return id;
    }

    /** The inode number that programs see: made from the path, and so the same at each mount. */
    public long ino() {
        return ino;
    }

    /** The inode number of the directory that it is in; of the root its own. */
    public long parentIno() {
        return parent == null ? ino : parent.ino;
    }

    /** The number of the directory that it is in; of the root its own. */
    public long parentId() {
        return parent == null ? id : parent.id;
    }

    @Nullable
    Node parent() {
        return parent;
    }

    /** Its name in the directory that it is in. */
    public String name() {
        return name;
    }

    /** What it is of; null for a directory that only leads to branches. */
    public @Nullable Branch branch() {
        return branch;
    }

    /** Makes a directory one of another branch: what was known of its names is not known any more. */
    void rebranch(@Nullable Branch other) {
        Directory own = directory();
        synchronized (own) {
            branch = other;
            own.listed = null;
            own.shown = null;
        }
    }

    /** What was told of a directory's names is not true any more. */
    void outdated() {
        Directory own = directory();
        synchronized (own) {
            own.news++;
            own.listed = null;
            own.shown = null;
        }
    }

    /** Takes the names of a directory; false if it is of another branch by now. */
    boolean take(Listing listing, @Nullable Branch of) {
        Directory own = directory();
        synchronized (own) {
            if (branch != of) {
                return false;
            }
            own.trustedUntilNs = listing.bornNs();
            own.aheadTo = 0;
            own.lastLooked = -2;
            own.listed = listing;
            return true;
        }
    }

    /** Its path in its source. */
    public String sourcePath() {
        Branch of = branch;
        int above = of == null ? 0 : of.path().length();
        String whole = path();
        return above == 0 ? whole : whole.length() == above ? "" : whole.substring(above + 1);
    }

    /** Its path in the tree. */
    public String path() {
        if (parent == null) {
            return "";
        }
        String above = parent.path();
        return above.isEmpty() ? name : above + "/" + name;
    }

    /** Names between it and the root. */
    int depth() {
        int depth = 0;
        for (Node at = parent; at != null; at = at.parent) {
            depth++;
        }
        return depth;
    }

    /** What is known of it. */
    public Facts facts() {
        return facts;
    }

    /** Whether it is a directory. */
    public boolean isDirectory() {
        return directory != null;
    }

    Directory directory() {
        if (directory == null) {
            throw new IllegalStateException(path() + " is no directory");
        }
        return directory;
    }

    /** When the facts were last known to be true, by the monotonic clock. */
    long checkedNs() {
        return checkedNs;
    }

    void checked(Facts now, long atNs) {
        facts = now;
        checkedNs = atNs;
        suspect = false;
    }

    /** As {@link #checked}, but by a listing, which may be older than the suspicion. */
    void listed(Facts now, long atNs) {
        if (!suspect) {
            facts = now;
            checkedNs = atNs;
        }
    }

    /** Whether the source has shown another version than this one. */
    public boolean isSuspect() {
        return suspect;
    }

    void suspect() {
        suspect = true;
    }

    /** Whether the tree has another node, or none, in its place. */
    public boolean isGone() {
        return gone;
    }

    void gone() {
        gone = true;
    }

    /** Counts a lookup of the kernel; false if the node has been let go of just now. */
    synchronized boolean lookedUp() {
        if (dropped) {
            return false;
        }
        lookups++;
        return true;
    }

    /** Takes lookups back; true if the node is to be let go of. Directories stay: their names are dear. */
    synchronized boolean forgotten(long count) {
        lookups -= count;
        if (lookups > 0 || (directory != null && !gone)) {
            return false;
        }
        dropped = true;
        return true;
    }
}
