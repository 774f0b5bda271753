package dev.leat.vfs;

import dev.leat.meta.engine.Stamp;
import dev.leat.meta.fs.Attr;
import dev.leat.meta.fs.FileView;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.sys.Errno;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files that are open on this mount or still hold unpublished bytes, and what the kernel's page cache may hold of the
 * others.
 */
final class Inodes {
    /** Closed files whose last seen record is remembered, so that opening them again keeps their pages: about 10 MiB. */
    private static final int SEEN_MAX = 100_000;

    private static final Logger log = LoggerFactory.getLogger(Inodes.class);

    /** Files remembered as crowded; others are found by the walk over everything. */
    private static final int CROWDED_MAX = 10_000;

    private final MetaFs meta;
    private final ConcurrentHashMap<Long, OpenInode> open = new ConcurrentHashMap<>();

    /** Clean files whose content was replaced, by the kernel's number, until their last close. */
    private final ConcurrentHashMap<Long, OpenInode> superseded = new ConcurrentHashMap<>();

    private final Aliases aliases = new Aliases();
    private final OpenModes modes;

    /** Brings a work file that the kernel serves up to what others published; see {@link Inodes#catchUp}. */
    private CatchUp catchUp = file -> {};

    private final Publications publications = new Publications();

    /** Files let go so far: what was read before the last of them may be older than what it published. */
    private volatile long drops;

    private final Map<Long, Stamp> seen = new LinkedHashMap<>(1024, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Stamp> eldest) {
            return size() > SEEN_MAX;
        }
    };

    private final Set<Long> crowded = ConcurrentHashMap.newKeySet();

    /** Brings an open file up to its record. */
    @FunctionalInterface
    interface CatchUp {
        void with(OpenInode file) throws FsException;
    }

    Inodes(MetaFs meta, OpenModes modes) {
        this.meta = meta;
        this.modes = modes;
    }

    /** Who brings files up to what others published; before anything is opened. */
    void catchUp(CatchUp by) {
        catchUp = by;
    }

    /** The clean file that a number of the kernel's stands for although its content was replaced; null if there is none. */
    @Nullable
    OpenInode superseded(long node) {
        return superseded.isEmpty() ? null : superseded.get(node);
    }

    /** The inode behind a number of the kernel's. */
    long ino(long node) throws FsException {
        Long ino = aliases.ino(node);
        if (ino == null) {
            throw new FsException(Errno.ESTALE);
        }
        return ino;
    }

    /** The number by which the kernel is to know an inode when it looks it up now. */
    long node(long ino) {
        if (superseded.isEmpty() && !aliases.any()) {
            return ino;
        }
        synchronized (this) {
            OpenInode current = current(ino);
            if (current != null) {
                return current.node;
            }
            Long latest = aliases.latest(ino);
            if (latest != null && !superseded.containsKey(latest)) {
                return latest;
            }
            return superseded.containsKey(ino) ? aliases.make(ino) : ino;
        }
    }

    /** All numbers by which the kernel may know an inode. */
    List<Long> nodes(long ino) {
        if (!aliases.any()) {
            return List.of(ino);
        }
        synchronized (this) {
            List<Long> nodes = aliases.of(ino);
            nodes.add(ino);
            return nodes;
        }
    }

    /** The kernel is told of a node. */
    void lookedUp(long node) {
        if (node < 0) {
            synchronized (this) {
                aliases.lookedUp(node);
            }
        }
    }

    /** The kernel drops references to a node. */
    void forgotten(long node, long count) {
        if (node < 0) {
            synchronized (this) {
                aliases.forgotten(node, count);
            }
        }
    }

    /** Whether old content of an inode is still open. */
    boolean isSuperseded(long ino) {
        return !superseded.isEmpty() && superseded.values().stream().anyMatch(file -> file.ino == ino);
    }

    /** The open file, unless its content was replaced. */
    private synchronized @Nullable OpenInode current(long ino) {
        OpenInode file = open.get(ino);
        if (file != null && file.superseded) {
            setAside(file);
            return null;
        }
        return file;
    }

    /** Whether attributes are not those of the content that the kernel reads by itself, so that its record has to be read again. */
    boolean isReplaced(Attr attr) {
        OpenInode file = modes.inUse() ? open.get(attr.ino()) : null;
        OpenModes.Mode mode = file == null ? null : file.mode;
        if (file == null || mode == null || !mode.clean()) {
            return false;
        }
        Attr served = file.content.view().attr();
        return served.sizeBytes() != attr.sizeBytes() || !served.mtime().equals(attr.mtime());
    }

    /** Sets a clean file aside whose content was replaced: the next open begins anew, under another number. */
    private synchronized void setAside(OpenInode file) {
        if (file.superseded && open.remove(file.ino, file)) {
            superseded.put(file.node, file);
        }
    }

    /** When which file was published. */
    Publications publications() {
        return publications;
    }

    @Nullable
    OpenInode get(long ino) {
        return open.get(ino);
    }

    List<OpenInode> all() {
        return List.copyOf(open.values());
    }

    /** Every file that the kernel writes by itself. */
    void forEachWhole(Consumer<OpenInode> action) {
        for (OpenInode file : open.values()) {
            if (file.whole != null) {
                action.accept(file);
            }
        }
    }

    int size() {
        return open.size();
    }

    /** A file opened, with whether the kernel may keep the pages it has of it. */
    record Opening(OpenInode file, boolean keepCache) {}

    /**
     * Opens a file by its record, which is read here and now: close-to-open.
     *
     * @param node the number by which the kernel asks; ESTALE if that stands for old content, so that it looks the name up again
     */
    Opening open(long ino, long node) throws FsException {
        long dropsBefore = drops;
        OpenInode known = open.get(ino);
        int published = known == null ? 0 : known.publications();
        FileView view = meta.open(ino);
        OpenInode file = enter(ino, node, view);
        if (file == null) {
            meta.closed(ino);
            throw new FsException(Errno.ESTALE);
        }
        try {
            boolean same = file.content.view().stamp().equals(view.stamp());
            boolean fresh =
                    file == known ? same || file.refreshIf(published, view, meta) : same && drops == dropsBefore;
            if (!fresh) {
                revalidate(file);
            }
            if (file.superseded) {
                setAside(file);
                throw new FsException(Errno.ESTALE);
            }
            catchUp.with(file);
        } catch (FsException e) {
            released(file);
            drop(file);
            throw e;
        }
        boolean keepCache = isSeen(file);
        if (!keepCache) {
            drop(ino, file);
        }
        return new Opening(file, keepCache);
    }

    /** The kernel is about to be told to drop a file's pages: until it surely has, it is not known what they come from. */
    void drop(long ino, OpenInode file) {
        file.mixed = false;
        unseen(ino);
    }

    /** One more handle on the open file; null if the number is of old content, or the file is open under another one. */
    private synchronized @Nullable OpenInode enter(long ino, long node, FileView view) {
        OpenInode current = current(ino);
        if (superseded.containsKey(node) || (current != null && current.node != node)) {
            return null;
        }
        OpenInode file = current == null ? newInode(view, node) : current;
        open.put(ino, file);
        file.handles++;
        file.opens++;
        return file;
    }

    private OpenInode newInode(FileView view, long node) {
        return new OpenInode(view, node, meta, publications, modes.onlyReads());
    }

    /** Enters a file that was made and opened in one go: nobody can have it open yet. */
    OpenInode openNew(FileView view) {
        OpenInode file = newInode(view, view.attr().ino());
        file.withoutCapability = true;
        file.handles = 1;
        file.opens = 1;
        open.put(file.ino, file);
        see(file.ino, view.stamp());
        return file;
    }

    /** Reads the record again and takes it over, unless a publication of ours did so meanwhile. */
    boolean revalidate(OpenInode file) throws FsException {
        Stamp before = file.content.view().stamp();
        while (true) {
            int published = file.publications();
            FileView view = meta.view(file.ino);
            if (file.refreshIf(published, view, meta)) {
                setAside(file);
                catchUp.with(file);
                return !view.stamp().equals(before);
            }
        }
    }

    /** Reads the record of a file again if it is open. */
    void readAgain(long ino) throws FsException {
        OpenInode file = open.get(ino);
        if (file != null) {
            revalidate(file);
        }
    }

    private boolean isSeen(long ino, Stamp stamp) {
        synchronized (seen) {
            return stamp.equals(seen.get(ino));
        }
    }

    private void see(long ino, Stamp stamp) {
        synchronized (seen) {
            seen.put(ino, stamp);
        }
    }

    /** The kernel has dropped a file's pages: those it has are of the content that the file has here, unless others have changed it since. */
    void dropped(OpenInode file) {
        file.lock.lock();
        try {
            if (!file.mixed && file.node == file.ino) {
                see(file.ino, file.content.view().stamp());
            }
        } finally {
            file.lock.unlock();
        }
    }

    /** Whether the kernel's pages are of the content that a file has here; of an alias that is not remembered. */
    boolean isSeen(OpenInode file) {
        return !file.mixed
                && file.node == file.ino
                && isSeen(file.ino, file.content.view().stamp());
    }

    /** Remembers, after a publication, that the kernel's pages are of that record, if they were of the one before. */
    void published(OpenInode file) throws FsException {
        noteCrowded(file);
        if (file.outdated != null) {
            revalidate(file);
        }
        // What the kernel writes by itself does not go through the pages that it keeps of a file otherwise.
        if (file.mixed || file.whole != null) {
            unseen(file.ino);
            return;
        }
        synchronized (seen) {
            seen.replace(file.ino, file.content.view().stamp());
        }
    }

    /** Forgets what the kernel's pages come from. */
    void unseen(long ino) {
        synchronized (seen) {
            seen.remove(ino);
        }
    }

    /** Whether a handle has a file open. */
    synchronized boolean isOpen(OpenInode file) {
        return file.handles > 0;
    }

    /** One handle less. */
    synchronized void released(OpenInode file) {
        file.handles--;
    }

    /** Lets go of a file that nobody has open and that holds nothing unpublished. */
    boolean drop(OpenInode file) {
        int opens;
        WorkFile work;
        int opensBefore;
        synchronized (this) {
            if (file.handles > 0) {
                return false;
            }
            opensBefore = file.opens;
        }
        if (!settle(file)) {
            return false;
        }
        synchronized (this) {
            if (file.handles > 0 || file.opens != opensBefore) {
                return false;
            }
            file.lock.lock();
            try {
                boolean known = open.get(file.ino) == file || superseded.get(file.node) == file;
                if (file.isDirty() || file.flushing != null || !known) {
                    return false;
                }
                open.remove(file.ino, file);
                superseded.remove(file.node, file);
                drops++;
                opens = file.opens;
                work = file.detach();
            } finally {
                file.lock.unlock();
            }
        }
        modes.end(file);
        noteCrowded(file);
        if (work != null) {
            work.discard();
        }
        for (int i = 0; i < opens; i++) {
            meta.closed(file.ino);
        }
        return true;
    }

    /** Whether the kernel can write to a closed file no more; what it wrote is known then. */
    private static boolean settle(OpenInode file) {
        WholeFile whole = file.whole;
        try {
            return whole == null || whole.settle(file);
        } catch (FsException e) {
            log.error("inode {}: {}", file.ino, e.getMessage());
            return false;
        }
    }

    /** Whether a file that nobody has open is still kept here: it holds unpublished bytes, or a program has it mapped for writing. */
    synchronized boolean isLeft(OpenInode file) {
        return file.handles == 0 && (open.get(file.ino) == file || superseded.get(file.node) == file);
    }

    /** Remembers a file that was published here and has more extents than its record holds. */
    void noteCrowded(OpenInode file) {
        FileView view = file.content.view();
        boolean many = view.inline() == null && view.extents() == null;
        if (many && file.publications() > 0 && crowded.size() < CROWDED_MAX) {
            crowded.add(file.ino);
        }
    }

    /** Takes the remembered files out. */
    List<Long> takeCrowded() {
        List<Long> taken = List.copyOf(crowded);
        taken.forEach(crowded::remove);
        return taken;
    }
}
