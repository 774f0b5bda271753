package dev.leat.vfs;

import dev.leat.meta.engine.Stamp;
import dev.leat.meta.fs.Attr;
import dev.leat.meta.fs.ContentVersion;
import dev.leat.meta.fs.FileView;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.Time;
import dev.leat.sys.FileStat;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A regular file that is open on this mount, or was closed with bytes still to be published: one per inode, shared by all
 * its handles.
 *
 * <p>Its content is the published one ({@link #content}) overlaid with what was written here: the <i>local</i> ranges lie
 * in the work file, of which the <i>dirty</i> ones are in nobody's record yet.
 *
 * <p>Concurrency: {@link #lock} guards everything that is not final or volatile. Readers of a file without a work file
 * take no lock: they use the volatile content alone. A publication takes the {@link #publishing} permit first, so that
 * one runs at a time, and the lock only to look at and change the sets; the upload itself holds no lock, and writes that
 * come meanwhile are dirty again.
 */
final class OpenInode {
    final long ino;

    /** The number that the kernel knows it by: the inode's own, or one of the {@link Aliases}. */
    final long node;

    final ReentrantLock lock = new ReentrantLock();

    /** One publication at a time; passed between threads, hence no lock. */
    final Semaphore publishing = new Semaphore(1);

    /** What is published, as far as this mount knows. */
    volatile Content content;

    /** Whether {@link #work} is set; read without the lock. */
    volatile boolean hasWork;

    /** Handles on it; guarded by the table. */
    int handles;

    /** Opens that the metadata counts; guarded by the table. */
    int opens;

    /** The work file, if the kernel reads and writes it by itself; set under the lock. */
    volatile @Nullable WholeFile whole;

    /** What the content was before others changed it, while the work file that the kernel serves is not brought up to it; or null. */
    @Nullable
    Content outdated;

    /** Where written bytes lie, from the first write to the last close. */
    @Nullable
    WorkFile work;

    /** Ranges of the work file that hold the truth. */
    final RangeSet local = new RangeSet();

    /** The part of {@link #local} that no record refers to. */
    RangeSet dirty = new RangeSet();

    /** Dirty ranges that were written through O_APPEND at the then end. */
    RangeSet appended = new RangeSet();

    /** The content at whose end the first of {@link #appended} was written at; null if there are none. */
    @Nullable
    ContentVersion appendBase;

    /** Ranges being published now; still the truth, no longer dirty. */
    @Nullable
    RangeSet flushing;

    /** Length including unpublished writes; meaningful while there is a work file. */
    long sizeBytes;

    /** Time of the last unpublished write, or null. */
    @Nullable
    Time written;

    /** When the first of the dirty bytes was written, by {@link System#nanoTime}; 0 while nothing is dirty. */
    long dirtySinceNanos;

    /** The same for the bytes that are being published. */
    long flushingSinceNanos;

    /** Whether an unpublished write was by an ordinary user, so that setuid and setgid must go. */
    boolean killPrivileges;

    /** Whether the file is known to carry no file capability, which a write would have to take away. */
    boolean withoutCapability;

    /** Uploads a long sequential write while it goes on. */
    @Nullable
    StreamUpload stream;

    /** Counts what was written and cut off; guarded by the lock. */
    long changes;

    /** Whether the record, of which the making of the file is a part, may not be on the disk of the metadata engine; for {@link LocalDurability}. */
    volatile boolean recordLazy = true;

    /** Whether the work disk failed to take bytes of this file, so that nobody knows what it has of them. */
    volatile boolean workFailed;

    /** Whether the last publication may not have reached the disk of the metadata engine. */
    boolean publishedLazily;

    /** Publications of ours that were taken over, so that an older record read meanwhile is not. */
    private int publications;

    private final Publications allPublications;

    /** Publications that failed since the last one that succeeded. */
    int failures;

    /**
     * Whether content that others published was taken over since the last open, so that the kernel may hold older pages although it
     * was given the latest stamp.
     */
    volatile boolean mixed;

    /** How it is served until its last close; chosen under the lock by {@link OpenModes}. */
    volatile OpenModes.@Nullable Mode mode;

    /** Whether others have replaced the content of this clean file: who has it open goes on with what it was. */
    volatile boolean superseded;

    /** Whether that had happened before this process began, which the kernel has it open since. */
    volatile boolean replaced;

    /** Whether a clean file is to go on with what it was when others change it, as on a mount that only reads. */
    private final boolean standsStill;

    OpenInode(FileView view, long node, MetaFs meta, Publications allPublications, boolean standsStill) {
        this.standsStill = standsStill;
        this.ino = view.attr().ino();
        this.node = node;
        this.allPublications = allPublications;
        this.content = new Content(view, meta);
    }

    /** Goes on with what another daemon had not published; {@code session} is the one that both belong to, 0 for none. */
    void goOn(WorkFile file, WorkLog.Content left, long session) throws FsException {
        lock.lock();
        try {
            work = file;
            local.addAll(left.dirty());
            dirty.addAll(left.dirty());
            ContentVersion now = content.view().version();
            ContentVersion base = left.appendBase();
            // If the content is of this very session, what was appended may be in it: at the same place it does no
            // harm again.
            if (base != null && (base.equals(now) || now.session() != session)) {
                appended.addAll(left.appended());
                appendBase = base;
            }
            written = left.written();
            killPrivileges = left.killPrivileges();
            hasWork = true;
            if (isDirty()) {
                dirtied();
            }
            measure();
            file.changed(this);
        } finally {
            lock.unlock();
        }
    }

    /** Whether there is something to publish; under the lock. */
    boolean isDirty() {
        return !dirty.isEmpty() || written != null;
    }

    /** The content that the dirty ranges were written on: the oldest one that matters to any of them; under the lock. */
    ContentVersion base() {
        return appendBase == null ? content.view().version() : appendBase;
    }

    /**
     * Takes over a newer record; under the lock.
     *
     * @param ours whether it differs from the one before by nothing but what this mount published
     */
    void refresh(FileView view, MetaFs meta, boolean ours) {
        Stamp before = content.view().stamp();
        if (before.equals(view.stamp()) || superseded) {
            return;
        }
        OpenModes.Mode chosen = mode;
        boolean kernels = whole != null || (chosen != null && chosen.clean());
        boolean changed = !ours && kernels && !content.sameBytes(view);
        if (changed && standsStill) {
            superseded = true;
            return;
        }
        if (changed && outdated == null) {
            outdated = content;
        }
        if (ours && content.view().version().equals(appendBase)) {
            appendBase = view.version();
        }
        if (!ours) {
            mixed = true;
            local.clear();
            local.addAll(dirty);
            if (flushing != null) {
                local.addAll(flushing);
            }
        }
        content = new Content(view, meta);
        measure();
    }

    /** Works the length out anew: the published one, or the end of what is not published; under the lock. */
    void measure() {
        long unpublished = Math.max(dirty.end(), flushing == null ? 0 : flushing.end());
        sizeBytes = Math.max(content.view().attr().sizeBytes(), unpublished);
    }

    /** A publication of ours is taken over; under the lock, before what it published stops to be dirty. */
    void countPublication() {
        publications++;
        allPublications.happened(ino);
    }

    /** How many publications of ours have been taken over. */
    int publications() {
        lock.lock();
        try {
            return publications;
        } finally {
            lock.unlock();
        }
    }

    /** Takes over a record that was read after {@code publications} had been counted; not if there was another since. */
    boolean refreshIf(int publications, FileView view, MetaFs meta) {
        lock.lock();
        try {
            if (this.publications != publications) {
                return false;
            }
            refresh(view, meta, false);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Bytes that no record refers to, or -1 if everything is published. */
    long unpublishedBytes() {
        if (!hasWork) {
            return -1;
        }
        lock.lock();
        try {
            long unseen = unseenBytes();
            if (flushing == null && !isDirty() && unseen < 0) {
                return -1;
            }
            return dirty.totalBytes() + (flushing == null ? 0 : flushing.totalBytes()) + Math.max(0, unseen);
        } finally {
            lock.unlock();
        }
    }

    /** About how many bytes the kernel has written since they were looked at last; -1 for none. */
    private long unseenBytes() {
        WholeFile kernels = whole;
        try {
            return kernels == null ? -1 : kernels.unseenBytes();
        } catch (FsException e) {
            // Whoever looks for them is told.
            return 0;
        }
    }

    /** Finds what the kernel has written; not under the lock. */
    void look() throws FsException {
        WholeFile kernels = whole;
        if (kernels != null) {
            kernels.look(this);
        }
    }

    /** Notes that bytes are dirty from now on, if none were; under the lock. */
    void dirtied() {
        changes++;
        if (dirtySinceNanos == 0) {
            dirtySinceNanos = System.nanoTime() | 1;
        }
    }

    /** For how long the oldest byte that no record refers to has been waiting, in nanoseconds; 0 if there is none. */
    long unpublishedNanos(long now) {
        lock.lock();
        try {
            long waiting = dirtySinceNanos == 0 ? 0 : now - dirtySinceNanos;
            return Math.max(waiting, flushingSinceNanos == 0 ? 0 : now - flushingSinceNanos);
        } finally {
            lock.unlock();
        }
    }

    /** Gives the work file up; under the lock. */
    @Nullable
    WorkFile detach() {
        WorkFile file = work;
        work = null;
        whole = null;
        hasWork = false;
        local.clear();
        return file;
    }

    /** {@code attr}, with the size and times that unpublished writes gave the file. */
    Attr overlay(Attr attr) {
        if (!hasWork) {
            return attr;
        }
        lock.lock();
        try {
            FileStat seen = null;
            long size = Math.max(sizeBytes, 0);
            WholeFile kernels = whole;
            if (kernels != null) {
                size = kernels.sizeBytes();
                seen = kernels.changed();
            }
            if (work == null || (!isDirty() && flushing == null && seen == null && outdated == null)) {
                return attr;
            }
            Time last = seen == null ? written : WholeFile.mtime(seen);
            Time time = last == null || attr.mtime().compareTo(last) > 0 ? attr.mtime() : last;
            Time changed = attr.ctime().compareTo(time) > 0 ? attr.ctime() : time;
            long allocated = kernels == null
                    ? attr.allocatedBytes() + dirty.totalBytes()
                    : Math.max(attr.allocatedBytes(), kernels.allocatedBytes());
            int mode = killPrivileges ? withoutPrivileges(attr.mode()) : attr.mode();
            return new Attr(
                    attr.ino(),
                    attr.type(),
                    mode,
                    attr.nlink(),
                    attr.uid(),
                    attr.gid(),
                    attr.rdev(),
                    size,
                    allocated,
                    attr.atime(),
                    time,
                    changed);
        } catch (FsException e) {
            // The disk of the work files fails; whoever reads or publishes is told.
            return attr;
        } finally {
            lock.unlock();
        }
    }

    /** A mode after a write by an ordinary user: without setuid, and without setgid where the group may execute. */
    private static int withoutPrivileges(int mode) {
        int kept = mode & ~04000;
        return (kept & 00010) != 0 ? kept & ~02000 : kept;
    }

    /** Length as readers see it. */
    long effectiveSize() {
        if (!hasWork) {
            return content.view().attr().sizeBytes();
        }
        lock.lock();
        try {
            WholeFile kernels = whole;
            if (kernels != null) {
                return kernels.sizeBytes();
            }
            return work == null ? content.view().attr().sizeBytes() : sizeBytes;
        } catch (FsException e) {
            return sizeBytes;
        } finally {
            lock.unlock();
        }
    }

    /** The work file, made at the first write; under the lock. */
    WorkFile workFile(WorkFiles files) throws FsException {
        WorkFile file = work;
        if (file == null) {
            file = files.create(ino);
            work = file;
            sizeBytes = content.view().attr().sizeBytes();
            hasWork = true;
        }
        return file;
    }
}
