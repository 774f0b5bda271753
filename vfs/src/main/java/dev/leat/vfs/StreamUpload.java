package dev.leat.vfs;

import dev.leat.meta.fs.BlobLease;
import dev.leat.store.BlobId;
import dev.leat.store.MultipartUpload;
import dev.leat.store.PutCondition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Sends a long sequential write to the store while it goes on: one blob in parts, each sent as soon as the writer has
 * passed it, so that little is left to do at close. A part that is written again after it was sent is sent again, which a multipart upload
 * allows.
 *
 * <p>All methods are called under the file's lock, but {@link #finish}, which is called by the one publication.
 */
final class StreamUpload {
    private final BlobWriter writer;
    private final WorkFile work;
    private final BlobLease lease;
    private final long start;
    private final List<Future<?>> sent = new ArrayList<>();
    private final List<Long> partStarts = new ArrayList<>();
    private final Set<Integer> stale = new HashSet<>();
    private long sentEnd;
    private final MultipartUpload upload;

    private StreamUpload(BlobWriter writer, WorkFile work, BlobLease lease, MultipartUpload upload, long start) {
        this.writer = writer;
        this.work = work;
        this.lease = lease;
        this.upload = upload;
        this.start = start;
        this.sentEnd = start;
    }

    /** Begins one, or gives the lease back and returns null when too many are under way. */
    static @Nullable StreamUpload begin(BlobWriter writer, WorkFile work, BlobLease lease, long start) {
        MultipartUpload upload = writer.tryStream(lease.id());
        if (upload == null) {
            lease.close();
            return null;
        }
        return new StreamUpload(writer, work, lease, upload, start);
    }

    long start() {
        return start;
    }

    BlobId blob() {
        return lease.id();
    }

    BlobLease lease() {
        return lease;
    }

    /** Hears of a write; parts that it touched are sent again at the end. */
    void wrote(long from, long to) {
        for (int i = 0; i < partStarts.size(); i++) {
            long partStart = partStarts.get(i);
            if (partStart < to && partStart + writer.parts().sizeBytes(i + 1) > from) {
                stale.add(i + 1);
            }
        }
    }

    /** Sends the parts that are complete now that everything from the start to {@code end} is written, as many as an object has. */
    void advance(long end) {
        while (partStarts.size() < writer.parts().partsMax()) {
            int number = partStarts.size() + 1;
            int bytes = writer.parts().sizeBytes(number);
            if (sentEnd + bytes > end) {
                return;
            }
            send(number, sentEnd, bytes);
        }
    }

    private void send(int number, long from, int bytes) {
        partStarts.add(from);
        sentEnd = from + bytes;
        sent.add(writer.threads().submit(() -> {
            writer.part(upload, number, work, from, bytes);
            return null;
        }));
    }

    /** Sends the rest up to {@code end} and what was overwritten, and makes the blob complete. */
    void finish(long end) throws IOException {
        boolean done = false;
        try {
            BlobWriter.await(sent);
            sent.clear();
            for (int number : stale) {
                long from = partStarts.get(number - 1);
                int bytes = writer.parts().sizeBytes(number);
                sent.add(writer.threads().submit(() -> {
                    writer.part(upload, number, work, from, bytes);
                    return null;
                }));
            }
            while (sentEnd < end) {
                int number = partStarts.size() + 1;
                send(number, sentEnd, (int) Math.min(writer.parts().sizeBytes(number), end - sentEnd));
            }
            BlobWriter.await(sent);
            upload.complete(PutCondition.IF_ABSENT);
            done = true;
        } finally {
            if (!done) {
                abandon();
            }
        }
    }

    /** Gives up what was sent, in the background: writers do not wait for parts that nobody wants any more. */
    void drop() {
        var _ = writer.threads().submit(this::abandon);
    }

    private void abandon() {
        try {
            BlobWriter.await(sent);
        } catch (IOException e) {
            // The upload is thrown away: how its parts fared does not matter.
            sent.clear();
        }
        BlobWriter.abort(upload);
        lease.close();
    }
}
