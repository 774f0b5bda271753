package dev.leat.vfs;

import dev.leat.meta.engine.Bytes;
import dev.leat.meta.fs.Edit;
import dev.leat.meta.fs.FileView;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.NewBlob;
import dev.leat.meta.fs.Publication;
import dev.leat.store.StoreException;
import dev.leat.sys.Errno;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes written bytes visible: uploads them, then commits the records that refer to them. Nothing half-written can be seen, because the
 * commit comes last.
 *
 * <p>Small files share objects and commits with whatever else is waiting (see {@link PackQueue}); a large one is sent by
 * the thread that wants it published.
 */
final class Publisher {
    private static final Logger log = LoggerFactory.getLogger(Publisher.class);

    /** Above this a file gets blobs of its own: a pack then saves little, and would hold up its neighbours. */
    static final long OWN_BLOB_BYTES = 4L << 20;

    private final MetaFs meta;
    private final Inodes inodes;
    private final BlobWriter writer;
    private final PackQueue packs;
    private final @Nullable LocalDurability local;
    private final PublishCounters counters = new PublishCounters();

    Publisher(MetaFs meta, Inodes inodes, BlobWriter writer, VfsOptions options, @Nullable LocalDurability local) {
        this.local = local;
        this.meta = meta;
        this.inodes = inodes;
        this.writer = writer;
        this.packs = new PackQueue(meta, this::before, this::published, writer, options.packBytes(), counters);
    }

    /** What was published so far. */
    PublishStats stats() {
        return counters.stats();
    }

    /**
     * Publishes what is dirty and waits for it; at once if nothing is.
     *
     * @return whether something had to be made durable
     */
    boolean publish(OpenInode file, boolean durable) throws FsException {
        file.publishing.acquireUninterruptibly();
        PublishJob job;
        try {
            job = prepare(file, durable);
            if (job == null) {
                boolean settled = settle(file, durable);
                file.publishing.release();
                return settled;
            }
        } catch (FsException | RuntimeException e) {
            file.publishing.release();
            throw e;
        }
        CompletableFuture<Void> over = over(job);
        run(job);
        await(over, file);
        return durable;
    }

    /** Completes when the job is done and the file is ready for the next one; to be asked for before it runs. */
    private CompletableFuture<Void> over(PublishJob job) {
        return job.done()
                .handle((_, failure) -> finished(job, failure))
                .thenCompose(failure -> failure == null
                        ? CompletableFuture.completedFuture(null)
                        : CompletableFuture.failedFuture(failure));
    }

    /**
     * Begins the publication of files that were closed before; small ones together, so that they share objects.
     *
     * @return for each file what completes with its publication, or null if one is under way already or there is nothing to do
     */
    List<@Nullable CompletableFuture<Void>> publishLater(List<OpenInode> files) {
        List<@Nullable CompletableFuture<Void>> running = new ArrayList<>(files.size());
        List<PublishJob> small = new ArrayList<>();
        for (OpenInode file : files) {
            PublishJob job = prepareLater(file);
            running.add(job == null ? null : over(job));
            if (job != null && isLarge(job)) {
                writer.threads().execute(() -> run(job));
            } else if (job != null) {
                small.add(job);
            }
        }
        packs.addAll(small);
        return running;
    }

    private @Nullable PublishJob prepareLater(OpenInode file) {
        if (!file.publishing.tryAcquire()) {
            return null;
        }
        PublishJob job = null;
        try {
            job = prepare(file, false);
        } catch (FsException | RuntimeException e) {
            log.error("inode {} could not be published: {}", file.ino, e.getMessage());
        } finally {
            if (job == null) {
                file.publishing.release();
            }
        }
        return job;
    }

    private static void await(CompletableFuture<Void> over, OpenInode file) throws FsException {
        try {
            over.get();
        } catch (ExecutionException e) {
            throw asFsException(file, e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR);
        }
    }

    static FsException asFsException(OpenInode file, @Nullable Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (cause instanceof FsException e) {
            return e;
        }
        String why = cause == null ? "unknown" : String.valueOf(cause.getMessage());
        boolean full = cause instanceof StoreException e && e.kind() == StoreException.Kind.FULL;
        String message = "inode " + file.ino + " could not be published: " + why;
        return cause == null
                ? new FsException(Errno.EIO, message)
                : new FsException(full ? Errno.ENOSPC : Errno.EIO, message, cause);
    }

    /** Nothing is dirty: what was published before may still have to reach the engine's disk. */
    private boolean settle(OpenInode file, boolean durable) throws FsException {
        boolean needed = durable && file.publishedLazily;
        if (needed) {
            meta.sync();
            file.publishedLazily = false;
        }
        return needed;
    }

    private static boolean isLarge(PublishJob job) {
        return job.inline() == null && (job.stream() != null || job.bytes() > OWN_BLOB_BYTES);
    }

    private @Nullable PublishJob prepare(OpenInode file, boolean durable) throws FsException {
        file.look();
        file.lock.lock();
        try {
            if (!file.isDirty()) {
                return null;
            }
            if (file.workFailed) {
                file.failures++;
                throw new FsException(
                        Errno.EIO,
                        "the work disk failed to take what was written to inode " + file.ino + ": it is not published");
            }
            StreamUpload stream = file.stream;
            PublishJob job = new PublishJob(
                    file,
                    file.base(),
                    file.dirty.toListCutAt(file.appended),
                    file.appended,
                    fitsIntoRecord(file) ? patches(file) : null,
                    stream,
                    file.written,
                    file.killPrivileges,
                    file.changes,
                    durable || (local != null && local.needsDurable(file)),
                    new CompletableFuture<>());
            file.stream = null;
            file.flushing = file.dirty;
            file.flushingSinceNanos = file.dirtySinceNanos;
            file.dirtySinceNanos = 0;
            file.dirty = new RangeSet();
            file.appended = new RangeSet();
            file.appendBase = null;
            file.written = null;
            file.killPrivileges = false;
            return job;
        } finally {
            file.lock.unlock();
        }
    }

    /** Whether the record can hold the whole content: it is small, and no part of it is in a blob. */
    private static boolean fitsIntoRecord(OpenInode file) {
        FileView view = file.content.view();
        return file.stream == null
                && file.sizeBytes <= MetaFs.INLINE_BYTES_MAX
                && file.appended.isEmpty()
                && (view.inline() != null
                        || (view.extents() != null && view.extents().isEmpty()));
    }

    /** The dirty ranges, for the record; no more than they are, so that another client's beside them stay. */
    private static List<Edit> patches(OpenInode file) throws FsException {
        List<Edit> patches = new ArrayList<>();
        WorkFile work = file.work;
        try (Arena arena = Arena.ofConfined()) {
            for (RangeSet.Range range : file.dirty.toList()) {
                if (work == null) {
                    throw new IllegalStateException("dirty without a work file: inode " + file.ino);
                }
                int length = (int) range.lengthBytes();
                MemorySegment bytes = arena.allocate(length);
                work.read(range.start(), bytes, 0, length);
                patches.add(new Edit.Patch(range.start(), Bytes.wrap(bytes.toArray(ValueLayout.JAVA_BYTE))));
            }
        }
        return patches;
    }

    private void run(PublishJob job) {
        if (!isLarge(job)) {
            packs.add(job);
            return;
        }
        List<Leased> blobs = new ArrayList<>();
        try {
            before(job);
            List<Edit> edits = new ArrayList<>();
            for (RangeSet.Range range : job.ranges()) {
                upload(job, range, blobs, edits);
            }
            List<NewBlob> newBlobs = blobs.stream()
                    .map(blob -> new NewBlob(blob.lease().id(), blob.sizeBytes()))
                    .toList();
            List<@Nullable FileView> views = meta.publish(List.of(publication(job, edits, newBlobs)), job.durable());
            published(job, views.get(0));
            job.done().complete(null);
        } catch (IOException | RuntimeException | Error e) {
            // Whatever it was, somebody waits for it.
            job.done().completeExceptionally(e);
        } finally {
            for (Leased blob : blobs) {
                blob.lease().close();
            }
        }
    }

    private record Leased(dev.leat.meta.fs.BlobLease lease, long sizeBytes) {}

    private void upload(PublishJob job, RangeSet.Range range, List<Leased> blobs, List<Edit> edits) throws IOException {
        StreamUpload stream = job.stream();
        if (stream != null && stream.start() > range.start() && stream.start() < range.end()) {
            // Bytes were written right before where the stream began.
            upload(job, new RangeSet.Range(range.start(), stream.start()), blobs, edits);
            upload(job, new RangeSet.Range(stream.start(), range.end()), blobs, edits);
            return;
        }
        long most = writer.parts().objectMaxBytes();
        if (range.lengthBytes() > most) {
            upload(job, new RangeSet.Range(range.start(), range.start() + most), blobs, edits);
            upload(job, new RangeSet.Range(range.start() + most, range.end()), blobs, edits);
            return;
        }
        if (stream != null && stream.start() == range.start()) {
            blobs.add(new Leased(stream.lease(), range.lengthBytes()));
            stream.finish(range.end());
            edits.add(edit(job, range, blobs.getLast(), 0));
            return;
        }
        WorkFile work = job.file().work;
        if (work == null) {
            throw new IllegalStateException("dirty without a work file: inode " + job.file().ino);
        }
        Leased blob = new Leased(meta.newBlob(), range.lengthBytes());
        blobs.add(blob);
        writer.putRange(blob.lease().id(), work, range.start(), range.end());
        edits.add(edit(job, range, blob, 0));
    }

    private static Edit edit(PublishJob job, RangeSet.Range range, Leased blob, long blobOffset) {
        return edit(job, range, blob.lease().id(), blobOffset, blob.sizeBytes());
    }

    static Edit edit(
            PublishJob job, RangeSet.Range range, dev.leat.store.BlobId blob, long blobOffset, long blobSizeBytes) {
        boolean append = job.appended().containsAll(range.start(), range.end());
        return append
                ? new Edit.Append(range.start(), range.lengthBytes(), blob, blobOffset, blobSizeBytes)
                : new Edit.Overlay(range.start(), range.lengthBytes(), blob, blobOffset, blobSizeBytes);
    }

    static Publication publication(PublishJob job, List<Edit> edits, List<NewBlob> blobs) {
        return new Publication(job.file().ino, job.base(), edits, job.mtime(), blobs, job.killPrivileges());
    }

    private void before(PublishJob job) throws FsException {
        if (local != null) {
            local.beforePublication(job);
        }
    }

    /** Takes the committed record over; null when the file is gone, and with it the need to publish. */
    private void published(PublishJob job, @Nullable FileView view) {
        OpenInode file = job.file();
        file.lock.lock();
        try {
            file.countPublication();
            file.flushing = null;
            file.flushingSinceNanos = 0;
            file.failures = 0;
            file.publishedLazily = !job.durable();
            file.recordLazy |= !job.durable();
            noteUnpublished(file);
            if (view != null) {
                // Our ranges are in the record now. If another client's change is in it too, what we hold locally
                // beside the ranges just published may be stale, and appended ranges may lie elsewhere.
                file.refresh(view, meta, !view.merged());
            }
            file.measure();
            if (local != null) {
                local.published(file, job.durable());
            }
        } finally {
            file.lock.unlock();
        }
    }

    /** What was published need not be published by the next daemon; if it is all the same, no harm is done. */
    private static void noteUnpublished(OpenInode file) {
        WorkFile work = file.work;
        try {
            if (work != null) {
                work.changed(file);
            }
        } catch (FsException e) {
            log.warn("inode {}: {}", file.ino, e.getMessage());
        }
    }

    /** Takes note of the end of a job; returns its failure, or null if there is none or nobody misses the bytes. */
    private @Nullable Throwable finished(PublishJob job, @Nullable Throwable failure) {
        OpenInode file = job.file();
        counters.ended(failure != null);
        Throwable told = failure;
        if (failure != null && lacksRoom(failure) && isRemoved(file)) {
            // It lies in the trash, where what did not fit is not kept.
            forget(file);
            told = null;
        } else if (failure != null) {
            giveBack(job);
            log.error(
                    "inode {} could not be published, its bytes stay in the work file: {}",
                    file.ino,
                    failure.getMessage());
        }
        file.publishing.release();
        return told;
    }

    private static boolean lacksRoom(Throwable failure) {
        return failure instanceof FsException e && (e.errno() == Errno.ENOSPC || e.errno() == Errno.EDQUOT);
    }

    /** Whether nobody has it open and it has no name for programs. */
    private boolean isRemoved(OpenInode file) {
        try {
            return meta.view(file.ino).attr().nlink() == 0 && !inodes.isOpen(file);
        } catch (FsException e) {
            return false;
        }
    }

    private void forget(OpenInode file) {
        file.lock.lock();
        try {
            file.flushing = null;
            file.flushingSinceNanos = 0;
            file.failures = 0;
            file.measure();
            noteUnpublished(file);
            if (local != null) {
                local.published(file, true);
            }
        } finally {
            file.lock.unlock();
        }
    }

    /** After a failure everything is dirty again, so that the next publication takes it along. */
    private static void giveBack(PublishJob job) {
        OpenInode file = job.file();
        file.lock.lock();
        try {
            file.failures++;
            file.flushing = null;
            file.dirtySinceNanos = file.flushingSinceNanos;
            file.flushingSinceNanos = 0;
            for (RangeSet.Range range : job.ranges()) {
                file.dirty.add(range.start(), range.end());
            }
            file.appended.addAll(job.appended());
            if (!job.appended().isEmpty()) {
                file.appendBase = job.base();
            }
            file.killPrivileges |= job.killPrivileges();
            if (file.written == null) {
                file.written = job.mtime();
            }
        } finally {
            file.lock.unlock();
        }
    }
}
