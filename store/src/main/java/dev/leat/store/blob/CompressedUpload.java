package dev.leat.store.blob;

import dev.leat.store.BlobId;
import dev.leat.store.MultipartUpload;
import dev.leat.store.ObjectInfo;
import dev.leat.store.PartPlan;
import dev.leat.store.PutCondition;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/**
 * Sends a compressed blob. How long its frames will be is known when they are made, and stores want parts that are large
 * and all of one size: so frames are put one behind the other, in whatever order parts come, and the store gets a part
 * whenever one is full. A part that comes again is made again behind the others, and what it was before is garbage inside
 * the object, which nobody reads because the list does not name it.
 *
 * <p>One thread at a time makes frames, so that those of a part lie together; others send meanwhile.
 */
final class CompressedUpload implements MultipartUpload {
    private final CompressedBlobs blobs;
    private final FrameIo io;
    private final BlobId id;
    private final String key;
    private final PartPlan plan;
    private final Scratch pool;
    private final @Nullable SecretKey blobKey;
    private final LazyUpload upload;
    private final ReentrantLock making = new ReentrantLock(true);

    // Guarded by making.
    private final FrameList list = new FrameList();
    private final int storePartBytes;
    private @Nullable ByteBuffer waiting;
    private @Nullable Full full;
    private long objectBytes;
    private long blobBytes;
    private int storeParts;
    private boolean listed;
    private volatile boolean broken;

    /** A part that is to be sent; its buffer is one of those for sending. */
    private record Full(int number, ByteBuffer bytes) {}

    CompressedUpload(
            CompressedBlobs blobs,
            FrameIo io,
            BlobId id,
            String key,
            PartPlan plan,
            int storePartBytes,
            Scratch pool,
            ByteBuffer buffer) {
        this.blobs = blobs;
        this.io = io;
        this.id = id;
        this.key = key;
        this.plan = plan;
        this.storePartBytes = storePartBytes;
        this.pool = pool;
        this.waiting = buffer.clear().limit(storePartBytes);
        this.blobKey = io.key(id);
        this.upload = new LazyUpload(io.store, key);
    }

    @Override
    public String id() {
        return upload.id();
    }

    @Override
    public void part(int number, ByteBuffer body) throws StoreException {
        long offset = plan.offset(number);
        Full rest;
        making.lock();
        try {
            io.make(id, offset / Frame.BYTES, body, blobKey, (frame, bench, length) -> {
                list.set(frame, FrameList.entry(objectBytes, length, bench.packing()));
                append(bench.stored, length);
            });
            blobBytes = Math.max(blobBytes, offset + body.remaining());
            rest = full;
            full = null;
        } finally {
            making.unlock();
        }
        send(rest);
    }

    private void append(byte[] bytes, int length) throws StoreException {
        int done = 0;
        while (done < length) {
            ByteBuffer to = waiting();
            int some = Math.min(to.remaining(), length - done);
            to.put(bytes, done, some);
            done += some;
            if (!to.hasRemaining()) {
                handOver(to);
            }
        }
        objectBytes += length;
    }

    private ByteBuffer waiting() {
        ByteBuffer buffer = waiting;
        if (buffer == null) {
            throw new IllegalStateException("the upload of " + key + " is over");
        }
        return buffer;
    }

    /** Has a full buffer sent when the frames are made, and goes on with another one. */
    private void handOver(ByteBuffer bytes) throws StoreException {
        // Never two at a time: whoever waits for a buffer must hold none of them.
        Full before = full;
        full = null;
        send(before);
        waiting = io.sending.take().limit(storePartBytes);
        full = new Full(++storeParts, bytes.flip());
    }

    private void send(@Nullable Full part) throws StoreException {
        if (part == null) {
            return;
        }
        boolean sent = false;
        try {
            upload.part(part.number, part.bytes);
            sent = true;
        } finally {
            broken |= !sent;
            io.sending.give(part.bytes);
        }
    }

    @Override
    public ObjectInfo complete(PutCondition condition) throws StoreException {
        making.lock();
        try {
            if (broken || blobBytes == 0) {
                throw new StoreException(Kind.INVALID, "the upload of '" + key + "' lacks parts");
            }
            if (!listed) {
                blobs.writeList(id, list, blobBytes, blobKey, (bench, length) -> append(bench.stored, length));
                listed = true;
            }
            Full last = full;
            full = null;
            send(last);
            ByteBuffer rest = waiting();
            ObjectInfo made;
            if (storeParts == 0) {
                made = io.store.put(key, rest.duplicate().flip(), condition);
            } else {
                if (rest.position() > 0) {
                    upload.part(storeParts + 1, rest.duplicate().flip());
                }
                made = upload.complete(condition);
            }
            release();
            return made;
        } finally {
            making.unlock();
        }
    }

    @Override
    public void abort() throws StoreException {
        making.lock();
        try {
            release();
        } finally {
            making.unlock();
        }
        upload.abort();
    }

    private void release() {
        Full left = full;
        full = null;
        if (left != null) {
            io.sending.give(left.bytes);
        }
        ByteBuffer buffer = waiting;
        waiting = null;
        if (buffer != null) {
            pool.give(buffer);
        }
    }
}
