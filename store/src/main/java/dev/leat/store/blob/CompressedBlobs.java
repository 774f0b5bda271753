package dev.leat.store.blob;

import dev.leat.store.Blob;
import dev.leat.store.BlobId;
import dev.leat.store.MultipartUpload;
import dev.leat.store.ObjectStore;
import dev.leat.store.PartPlan;
import dev.leat.store.PutCondition;
import dev.leat.store.StoreCapabilities;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/**
 * Blobs in frames whose lengths differ: the object is the frames in the order in which they were made, and behind them
 * the list of them. The list's length follows from the blob's, so its end is read first, once, and remembered; of a small
 * blob that read brings all of it.
 */
final class CompressedBlobs implements BlobStore {
    /** Up to this size a blob is read as a whole. */
    private static final int WHOLE_BYTES = 4 * Frame.BYTES;

    /** Blobs that are sent in parts at a time, beside those that grow. */
    private static final int UPLOADS = 2;

    /** Blobs that grow at a time. */
    private static final int STREAMS = 3;

    private static final int LOADS = 64;

    private final ObjectStore store;
    private final FrameIo io;
    private final FrameLists lists = new FrameLists();
    private final Scratch uploads = FrameIo.waiting(UPLOADS);
    private final Scratch streams = FrameIo.waiting(STREAMS);
    private final ReentrantLock[] loads = new ReentrantLock[LOADS];

    CompressedBlobs(ObjectStore store, Compression compression, @Nullable DataKey dataKey) {
        this.store = store;
        this.io = new FrameIo(store, compression, dataKey);
        for (int i = 0; i < LOADS; i++) {
            loads[i] = new ReentrantLock();
        }
    }

    /** {@inheritDoc} Half as many as the store takes: a part that is sent again takes room a second time. */
    @Override
    public PartPlan parts() {
        StoreCapabilities can = store.capabilities();
        long frames = Math.clamp(
                Math.max(can.partMinBytes(), can.partMaxBytes()) / Frame.BYTES, 1, BlobParts.BYTES / Frame.BYTES);
        int bytes = (int) frames * Frame.BYTES;
        long most = (long) can.partsMax() * storePartBytes() / 2;
        return new PartPlan(bytes, can.partsMax(), bytes, Math.clamp(most / bytes, 1, can.partsMax()));
    }

    /** All parts that the store gets are of one size. */
    private int storePartBytes() {
        StoreCapabilities can = store.capabilities();
        return (int) Math.min(Math.max(BlobParts.BYTES, can.partMinBytes()), can.partMaxBytes());
    }

    @Override
    public void put(BlobId id, String key, ByteBuffer bytes, PutCondition condition) throws StoreException {
        SecretKey blobKey = io.key(id);
        FrameList list = new FrameList();
        ByteBuffer out = io.sending.take();
        try {
            io.make(id, 0, bytes, blobKey, (frame, bench, length) -> {
                list.set(frame, FrameList.entry(out.position(), length, bench.packing()));
                out.put(bench.stored, 0, length);
            });
            writeList(id, list, bytes.remaining(), blobKey, (bench, length) -> out.put(bench.stored, 0, length));
            store.put(key, out.flip(), condition);
        } finally {
            io.sending.give(out);
        }
    }

    /** Takes slices of a list. */
    interface SliceSink {
        void take(Workbench bench, int length) throws StoreException;
    }

    void writeList(BlobId id, FrameList list, long blobBytes, @Nullable SecretKey blobKey, SliceSink sink)
            throws StoreException {
        Workbench bench = io.benches.take();
        try {
            for (int slice = 0; slice < FrameList.slices(blobBytes); slice++) {
                list.write(blobBytes, slice, bench.plain);
                sink.take(bench, bench.make(indexFrame(id, blobBytes, slice), Compression.NONE, blobKey));
            }
        } finally {
            io.benches.give(bench);
        }
    }

    private static Frame indexFrame(BlobId id, long blobBytes, int slice) {
        int frames = FrameList.framesIn(blobBytes, slice);
        return new Frame(id, Frame.INDEX, slice, frames * Long.BYTES, blobBytes);
    }

    @Override
    public MultipartUpload upload(BlobId id, String key) {
        return upload(id, key, uploads, uploads.take());
    }

    @Override
    public @Nullable MultipartUpload tryStream(BlobId id, String key) {
        ByteBuffer buffer = streams.tryTake();
        return buffer == null ? null : upload(id, key, streams, buffer);
    }

    private MultipartUpload upload(BlobId id, String key, Scratch pool, ByteBuffer buffer) {
        return new CompressedUpload(this, io, id, key, parts(), storePartBytes(), pool, buffer);
    }

    @Override
    public void read(Blob blob, long offset, ByteBuffer destination) throws StoreException {
        try {
            readOnce(blob, offset, destination);
        } catch (StoreException e) {
            if (e.kind() != Kind.CORRUPT) {
                throw e;
            }
            // It may have happened on the way; then it does not happen again.
            for (int slice = 0; slice < FrameList.slices(blob.sizeBytes()); slice++) {
                lists.remove(new FrameLists.Name(blob.id(), slice));
            }
            readOnce(blob, offset, destination);
        }
        destination.position(destination.limit());
    }

    private void readOnce(Blob blob, long offset, ByteBuffer destination) throws StoreException {
        long first = offset / Frame.BYTES;
        int count = (int) ((offset + destination.remaining() - 1) / Frame.BYTES - first) + 1;
        if (blob.sizeBytes() <= WHOLE_BYTES
                && lists.get(new FrameLists.Name(blob.id(), 0)) == null
                && readWhole(blob, offset, destination, first, count)) {
            return;
        }
        io.read(blob, offset, destination, first, places(blob, first, count));
    }

    private long[] places(Blob blob, long first, int count) throws StoreException {
        long[] places = new long[count];
        int done = 0;
        while (done < count) {
            int slice = (int) ((first + done) / FrameList.SLICE_FRAMES);
            int within = (int) ((first + done) % FrameList.SLICE_FRAMES);
            int some = Math.min(count - done, FrameList.SLICE_FRAMES - within);
            System.arraycopy(slice(blob, slice).entries(), within, places, done, some);
            done += some;
        }
        return places;
    }

    private FrameLists.Slice slice(Blob blob, int number) throws StoreException {
        FrameLists.Name name = new FrameLists.Name(blob.id(), number);
        FrameLists.Slice known = lists.get(name);
        if (known != null) {
            return known;
        }
        int last = FrameList.slices(blob.sizeBytes()) - 1;
        // What is needed to read the others; asked for first, since their loads may share a lock.
        long objectBytes = number == last ? 0 : slice(blob, last).objectBytes();
        ReentrantLock loading = loads[Math.floorMod(name.hashCode(), LOADS)];
        loading.lock();
        try {
            known = lists.get(name);
            if (known == null) {
                known = load(blob, number, objectBytes);
                lists.put(name, known);
            }
            return known;
        } finally {
            loading.unlock();
        }
    }

    /** Reads a slice; {@code objectBytes} is 0 for the last one. */
    private FrameLists.Slice load(Blob blob, int number, long objectBytes) throws StoreException {
        int length = FrameList.framesIn(blob.sizeBytes(), number) * Long.BYTES + io.overheadBytes();
        ByteBuffer buffer = io.small.take();
        try {
            buffer.limit(length);
            long size = objectBytes;
            if (size == 0) {
                size = store.tail(blob.key(), buffer);
            } else {
                store.get(
                        blob.key(),
                        size - FrameList.tailBytes(blob.sizeBytes(), number, io.overheadBytes()),
                        buffer,
                        null);
            }
            if (buffer.hasRemaining()) {
                throw io.damaged(blob, "it is shorter than the list of its frames");
            }
            return new FrameLists.Slice(list(blob, number, buffer, 0, length), size);
        } finally {
            io.small.give(buffer);
        }
    }

    private long[] list(Blob blob, int number, ByteBuffer buffer, int from, int length) throws StoreException {
        Workbench bench = io.benches.take();
        try {
            buffer.get(from, bench.stored, 0, length);
            String wrong = bench.open(indexFrame(blob.id(), blob.sizeBytes(), number), 0, length, io.key(blob.id()));
            if (wrong != null) {
                throw io.damaged(blob, "the list of its frames " + wrong);
            }
            return FrameList.read(bench.plain, FrameList.framesIn(blob.sizeBytes(), number));
        } finally {
            io.benches.give(bench);
        }
    }

    /** Reads list and frames of a small blob at once; false if its object is larger than such blobs are. */
    private boolean readWhole(Blob blob, long offset, ByteBuffer destination, long first, int count)
            throws StoreException {
        int listBytes = (int) FrameList.tailBytes(blob.sizeBytes(), 0, io.overheadBytes());
        long most = blob.sizeBytes() + Frame.count(blob.sizeBytes()) * io.overheadBytes() + listBytes;
        SecretKey key = io.key(blob.id());
        ByteBuffer buffer = io.small.take();
        try {
            long objectBytes = store.tail(blob.key(), buffer.limit((int) most));
            int got = buffer.position();
            if (got < listBytes) {
                throw io.damaged(blob, "it is shorter than the list of its frames");
            }
            long[] entries = list(blob, 0, buffer, got - listBytes, listBytes);
            lists.put(new FrameLists.Name(blob.id(), 0), new FrameLists.Slice(entries, objectBytes));
            for (int i = 0; i < count; i++) {
                long place = entries[(int) first + i];
                long from = FrameList.offset(place) - (objectBytes - got);
                if (from < 0 || from + FrameList.length(place) > got - listBytes) {
                    return false;
                }
                io.open(
                        blob,
                        first + i,
                        FrameList.packing(place),
                        buffer,
                        (int) from,
                        FrameList.length(place),
                        key,
                        offset,
                        destination);
            }
            return true;
        } finally {
            io.small.give(buffer);
        }
    }

    @Override
    public boolean fits(long sizeBytes, long objectBytes) {
        long frames = Frame.count(sizeBytes) * (io.overheadBytes() + 1L);
        return objectBytes >= frames + FrameList.tailBytes(sizeBytes, 0, io.overheadBytes());
    }
}
