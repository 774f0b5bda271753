package dev.leat.store.blob;

import dev.leat.store.Blob;
import dev.leat.store.BlobId;
import dev.leat.store.MultipartUpload;
import dev.leat.store.ObjectInfo;
import dev.leat.store.ObjectStore;
import dev.leat.store.PartPlan;
import dev.leat.store.PutCondition;
import dev.leat.store.StoreCapabilities;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.nio.ByteBuffer;
import javax.crypto.SecretKey;

/**
 * Blobs that are encrypted and not compressed: all frames but the last are of one length, so where one lies follows from
 * its number, and an object is its frames and nothing else.
 */
final class SealedBlobs implements BlobStore {
    private final ObjectStore store;
    private final FrameIo io;
    private final int storedBytes;

    SealedBlobs(ObjectStore store, DataKey dataKey) {
        this.store = store;
        this.io = new FrameIo(store, Compression.NONE, dataKey);
        this.storedBytes = Frame.BYTES + io.overheadBytes();
    }

    @Override
    public PartPlan parts() {
        StoreCapabilities can = store.capabilities();
        int frames = Math.clamp(can.partMaxBytes() / storedBytes, 1, BlobParts.BYTES / Frame.BYTES);
        int bytes = frames * Frame.BYTES;
        return new PartPlan(bytes, can.partsMax(), bytes, can.partsMax());
    }

    @Override
    public void put(BlobId id, String key, ByteBuffer bytes, PutCondition condition) throws StoreException {
        ByteBuffer out = io.sending.take();
        try {
            seal(id, 0, bytes, out);
            store.put(key, out.flip(), condition);
        } finally {
            io.sending.give(out);
        }
    }

    private void seal(BlobId id, long first, ByteBuffer bytes, ByteBuffer out) throws StoreException {
        SecretKey key = io.key(id);
        io.make(id, first, bytes, key, (frame, bench, length) -> out.put(bench.stored, 0, length));
    }

    @Override
    public MultipartUpload upload(BlobId id, String key) throws StoreException {
        return new Upload(id, store.upload(key));
    }

    @Override
    public MultipartUpload tryStream(BlobId id, String key) {
        return new Upload(id, new LazyUpload(store, key));
    }

    /** Seals parts on their way. One that is sent again is sealed anew, with other nonces. */
    private final class Upload implements MultipartUpload {
        private final BlobId blob;
        private final MultipartUpload upload;
        private final PartPlan plan = parts();

        Upload(BlobId blob, MultipartUpload upload) {
            this.blob = blob;
            this.upload = upload;
        }

        @Override
        public String id() {
            return upload.id();
        }

        @Override
        public void part(int number, ByteBuffer body) throws StoreException {
            ByteBuffer out = io.sending.take();
            try {
                seal(blob, plan.offset(number) / Frame.BYTES, body, out);
                upload.part(number, out.flip());
            } finally {
                io.sending.give(out);
            }
        }

        @Override
        public ObjectInfo complete(PutCondition condition) throws StoreException {
            return upload.complete(condition);
        }

        @Override
        public void abort() throws StoreException {
            upload.abort();
        }
    }

    @Override
    public void read(Blob blob, long offset, ByteBuffer destination) throws StoreException {
        long first = offset / Frame.BYTES;
        int count = (int) ((offset + destination.remaining() - 1) / Frame.BYTES - first) + 1;
        long[] places = new long[count];
        for (int i = 0; i < count; i++) {
            int length = Frame.plainBytes(blob.sizeBytes(), first + i) + io.overheadBytes();
            places[i] = FrameList.entry((first + i) * storedBytes, length, 0);
        }
        try {
            io.read(blob, offset, destination, first, places);
        } catch (StoreException e) {
            if (e.kind() != Kind.CORRUPT) {
                throw e;
            }
            // It may have happened on the way; then it does not happen again.
            io.read(blob, offset, destination, first, places);
        }
        destination.position(destination.limit());
    }

    @Override
    public boolean fits(long sizeBytes, long objectBytes) {
        return objectBytes == sizeBytes + Frame.count(sizeBytes) * io.overheadBytes();
    }
}
