package dev.leat.vfs;

import dev.leat.cache.BufferPool;
import dev.leat.meta.fs.BlobLease;
import dev.leat.meta.fs.Edit;
import dev.leat.meta.fs.FileView;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.MetaFs;
import dev.leat.meta.fs.NewBlob;
import dev.leat.meta.fs.Publication;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Group commit of small files: whatever waits while one pack is on its way goes into the next one, as one object and one
 * metadata commit. Alone, a file is sent at once; sixteen writers share.
 *
 * <p>Members above 4 KiB start at a multiple of 4 KiB, so that one copy in the cache serves every way of reading it.
 */
final class PackQueue {
    /** Alignment of members that are larger than this, in bytes: a page. */
    private static final int ALIGNMENT_BYTES = 4096;

    /** Packs on their way at the same time, once enough waits to fill more than one. */
    private static final int ACTIVE_MAX = 4;

    private static final Logger log = LoggerFactory.getLogger(PackQueue.class);

    private final MetaFs meta;
    private final Before before;
    private final Published published;
    private final BlobWriter writer;
    private final int packBytes;
    private final PublishCounters counters;

    // Guarded by this.
    private final ArrayDeque<PublishJob> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private int active;

    private record Member(PublishJob job, int index, RangeSet.Range range, long blobOffset) {}

    /** What is to be done before a job is published. */
    interface Before {
        void run(PublishJob job) throws FsException;
    }

    /** Takes the committed record over. */
    interface Published {
        void run(PublishJob job, @Nullable FileView view);
    }

    PackQueue(
            MetaFs meta,
            Before before,
            Published published,
            BlobWriter writer,
            int packBytes,
            PublishCounters counters) {
        this.meta = meta;
        this.before = before;
        this.published = published;
        this.writer = writer;
        // A pack is put together in one buffer.
        this.packBytes = Math.min(packBytes, BufferPool.MAX_BYTES);
        this.counters = counters;
    }

    /** The room that a file written in one piece takes in a pack, at most. */
    static long packedBytes(long bytes) {
        return bytes + ALIGNMENT_BYTES;
    }

    void add(PublishJob job) {
        addAll(List.of(job));
    }

    /** Takes jobs that may share packs; none is sent before all are there. */
    synchronized void addAll(List<PublishJob> jobs) {
        for (PublishJob job : jobs) {
            waiting.add(job);
            waitingBytes += job.inline() == null ? job.bytes() : 0;
        }
        if (jobs.isEmpty()) {
            return;
        }
        if (active == 0 || (active < ACTIVE_MAX && waitingBytes >= packBytes / 4)) {
            active++;
            writer.threads().execute(this::drain);
        }
    }

    private void drain() {
        while (true) {
            List<PublishJob> batch = next();
            if (batch.isEmpty()) {
                return;
            }
            publish(ready(batch));
        }
    }

    /** Those of a batch that can be published now; the others have failed. */
    private List<PublishJob> ready(List<PublishJob> batch) {
        List<PublishJob> ready = new ArrayList<>(batch.size());
        for (PublishJob job : batch) {
            try {
                before.run(job);
                ready.add(job);
            } catch (FsException | RuntimeException e) {
                job.done().completeExceptionally(e);
            }
        }
        return ready;
    }

    private synchronized List<PublishJob> next() {
        List<PublishJob> batch = new ArrayList<>();
        long bytes = 0;
        while (!waiting.isEmpty()) {
            PublishJob job = waiting.peek();
            long jobBytes =
                    job.inline() == null ? job.bytes() + (long) job.ranges().size() * ALIGNMENT_BYTES : 0;
            if (!batch.isEmpty() && bytes + jobBytes > packBytes) {
                break;
            }
            bytes += jobBytes;
            waitingBytes -= job.inline() == null ? job.bytes() : 0;
            batch.add(waiting.remove());
        }
        if (batch.isEmpty()) {
            active--;
        }
        return batch;
    }

    private void publish(List<PublishJob> batch) {
        List<Member> members = new ArrayList<>();
        long end = 0;
        for (int index = 0; index < batch.size(); index++) {
            PublishJob job = batch.get(index);
            if (job.inline() != null) {
                continue;
            }
            for (RangeSet.Range range : job.ranges()) {
                if (range.lengthBytes() > ALIGNMENT_BYTES) {
                    end = (end + ALIGNMENT_BYTES - 1) / ALIGNMENT_BYTES * ALIGNMENT_BYTES;
                }
                members.add(new Member(job, index, range, end));
                end += range.lengthBytes();
            }
        }
        try (BlobLease lease = members.isEmpty() ? null : meta.newBlob()) {
            if (lease != null) {
                send(lease, members, end);
                counters.packed(
                        members.stream().mapToInt(Member::index).distinct().count(), end);
            }
            commit(batch, members, lease, end);
        } catch (IOException | RuntimeException | Error e) {
            // Whatever it was, somebody waits for each of them.
            for (PublishJob job : batch) {
                job.done().completeExceptionally(e);
            }
        }
    }

    private void send(BlobLease lease, List<Member> members, long sizeBytes) throws IOException {
        try (BufferPool.Buffer buffer = writer.buffers().take(Math.toIntExact(sizeBytes))) {
            MemorySegment pack = buffer.segment().asSlice(0, sizeBytes);
            long filled = 0;
            for (Member member : members) {
                WorkFile work = member.job().file().work;
                if (work == null) {
                    throw new IllegalStateException("dirty without a work file");
                }
                pack.asSlice(filled, member.blobOffset() - filled).fill((byte) 0);
                int length = (int) member.range().lengthBytes();
                work.read(member.range().start(), pack, member.blobOffset(), length);
                filled = member.blobOffset() + length;
            }
            writer.put(lease.id(), pack);
        }
    }

    /** Commits all files at once; when some are refused, each of these for itself, so that they do not suffer for each other. */
    private void commit(List<PublishJob> batch, List<Member> members, @Nullable BlobLease lease, long sizeBytes) {
        int first = 0;
        int most = batch.size();
        while (first < batch.size()) {
            int end = Math.min(first + most, batch.size());
            try {
                first += commit(batch, first, end, members, lease, sizeBytes);
            } catch (FsException | RuntimeException e) {
                if (end - first == 1) {
                    batch.get(first).done().completeExceptionally(e);
                    first++;
                } else {
                    log.info("{} files of a pack are committed file by file: {}", end - first, e.getMessage());
                    most = 1;
                }
            }
        }
    }

    /** Commits some files of a batch; returns how many of the first ones it did. */
    private int commit(
            List<PublishJob> batch, int first, int end, List<Member> members, @Nullable BlobLease lease, long sizeBytes)
            throws FsException {
        List<Publication> publications = new ArrayList<>(end - first);
        boolean durable = false;
        boolean declared = false;
        for (int index = first; index < end; index++) {
            PublishJob job = batch.get(index);
            // The blob may be declared again by each call, since which of them gets through is not known before.
            Publication publication = publication(job, index, members, lease, sizeBytes, !declared);
            declared |= !publication.blobs().isEmpty();
            publications.add(publication);
            durable |= job.durable();
        }
        List<@Nullable FileView> views = meta.publish(publications, durable);
        for (int i = 0; i < views.size(); i++) {
            done(batch.get(first + i), views.get(i));
        }
        return views.size();
    }

    private void done(PublishJob job, @Nullable FileView view) {
        published.run(job, view);
        job.done().complete(null);
    }

    private static Publication publication(
            PublishJob job,
            int index,
            List<Member> members,
            @Nullable BlobLease lease,
            long sizeBytes,
            boolean declare) {
        List<Edit> edits = new ArrayList<>();
        List<NewBlob> blobs = List.of();
        if (job.inline() != null) {
            edits.addAll(job.inline());
        }
        for (Member member : members) {
            if (lease != null && member.index() == index) {
                edits.add(Publisher.edit(job, member.range(), lease.id(), member.blobOffset(), sizeBytes));
                if (declare) {
                    blobs = List.of(new NewBlob(lease.id(), sizeBytes));
                }
            }
        }
        return Publisher.publication(job, edits, blobs);
    }
}
