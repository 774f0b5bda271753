package dev.leat.vfs;

import dev.leat.meta.engine.Stamp;
import dev.leat.meta.fs.FileView;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The files that are open on this mount or still hold unpublished bytes, and what the kernel's page cache may hold of the
 * others.
 */
final class Inodes {
    /** Closed files whose last seen record is remembered, so that opening them again keeps their pages: about 10 MiB. */
    private static final int SEEN_MAX = 100_000;

    /** Files remembered as crowded; others are found by the walk over everything. */
    private static final int CROWDED_MAX = 10_000;

    private final MetaFs meta;
    private final ConcurrentHashMap<Long, OpenInode> open = new ConcurrentHashMap<>();

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

    Inodes(MetaFs meta) {
        this.meta = meta;
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

    int size() {
        return open.size();
    }

    /** A file opened, with whether the kernel may keep the pages it has of it. */
    record Opening(OpenInode file, boolean keepCache) {}

    /** Opens a file by its record, which is read here and now: close-to-open. */
    Opening open(long ino) throws FsException {
        long dropsBefore = drops;
        OpenInode known = open.get(ino);
        int published = known == null ? 0 : known.publications();
        FileView view = meta.open(ino);
        OpenInode file;
        synchronized (this) {
            file = open.computeIfAbsent(ino, _ -> new OpenInode(view, meta, publications));
            file.handles++;
            file.opens++;
        }
        try {
            boolean same = file.content.view().stamp().equals(view.stamp());
            boolean fresh =
                    file == known ? same || file.refreshIf(published, view, meta) : same && drops == dropsBefore;
            if (!fresh) {
                revalidate(file);
            }
        } catch (FsException e) {
            released(file);
            drop(file);
            throw e;
        }
        boolean keepCache = !file.mixed && isSeen(ino, file.content.view().stamp());
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

    /** Enters a file that was made and opened in one go: nobody can have it open yet. */
    OpenInode openNew(FileView view) {
        OpenInode file = new OpenInode(view, meta, publications);
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
                return !view.stamp().equals(before);
            }
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
            if (!file.mixed) {
                see(file.ino, file.content.view().stamp());
            }
        } finally {
            file.lock.unlock();
        }
    }

    /** Whether the kernel's pages are of the content that a file has here. */
    boolean isSeen(OpenInode file) {
        return !file.mixed && isSeen(file.ino, file.content.view().stamp());
    }

    /** Remembers, after a publication, that the kernel's pages are of that record, if they were of the one before. */
    void published(OpenInode file) {
        noteCrowded(file);
        if (file.mixed) {
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
        synchronized (this) {
            file.lock.lock();
            try {
                if (file.handles > 0 || file.isDirty() || file.flushing != null || open.get(file.ino) != file) {
                    return false;
                }
                open.remove(file.ino, file);
                drops++;
                opens = file.opens;
                work = file.detach();
            } finally {
                file.lock.unlock();
            }
        }
        noteCrowded(file);
        if (work != null) {
            work.discard();
        }
        for (int i = 0; i < opens; i++) {
            meta.closed(file.ino);
        }
        return true;
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
