package dev.leat.store.blob;

import dev.leat.store.Blob;
import dev.leat.store.BlobId;
import dev.leat.store.ObjectStore;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.nio.ByteBuffer;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/** What the framed forms have in common: buffers, benches, and frames from places in an object. */
final class FrameIo {
    /** Small reads: the four frames of 256 KiB, and the list of them. */
    private static final int SMALL_BYTES = 320 << 10;

    /** A block of 4 MiB, which is what is fetched in sequence, with what its frames have around. */
    private static final int MIDDLE_BYTES = (4 << 20) + (128 << 10);

    /** What is sent at once. */
    private static final int LARGE_BYTES = BlobParts.BYTES + (64 << 10);

    private static final int SMALL_BUFFERS = 16;
    private static final int MIDDLE_BUFFERS = 8;
    private static final int SENDING_BUFFERS = 3;

    final ObjectStore store;
    final Workbench.Pool benches = new Workbench.Pool();
    final Scratch small = new Scratch(SMALL_BUFFERS, SMALL_BYTES);
    final Scratch sending = new Scratch(SENDING_BUFFERS, LARGE_BYTES);
    private final Scratch middle = new Scratch(MIDDLE_BUFFERS, MIDDLE_BYTES);
    private final Compression compression;
    private final @Nullable DataKey dataKey;

    FrameIo(ObjectStore store, Compression compression, @Nullable DataKey dataKey) {
        this.store = store;
        this.compression = compression;
        this.dataKey = dataKey;
    }

    /** Buffers for what waits to be sent. */
    static Scratch waiting(int count) {
        return new Scratch(count, LARGE_BYTES);
    }

    int overheadBytes() {
        return Workbench.overheadBytes(dataKey != null);
    }

    @Nullable
    SecretKey key(BlobId blob) {
        return dataKey == null ? null : dataKey.of(blob);
    }

    /** Takes the bytes that were made on a bench. */
    @FunctionalInterface
    interface Sink {
        void take(long frame, Workbench bench, int length) throws StoreException;
    }

    /**
     * Makes the frames of a piece of a blob.
     *
     * @param first the piece's first frame
     * @param bytes the piece, from position to limit; the position is not moved
     */
    void make(BlobId blob, long first, ByteBuffer bytes, @Nullable SecretKey key, Sink sink) throws StoreException {
        ByteBuffer from = bytes.duplicate();
        Workbench bench = benches.take();
        try {
            for (long frame = first; from.hasRemaining(); frame++) {
                int length = Math.min(Frame.BYTES, from.remaining());
                from.get(bench.plain, 0, length);
                int stored = bench.make(Frame.data(blob, frame, length), compression, key);
                sink.take(frame, bench, stored);
            }
        } finally {
            benches.give(bench);
        }
    }

    /**
     * Reads a range of a blob from frames of which is known where they are.
     *
     * @param first the first frame that the range touches
     * @param places entries of a {@link FrameList}, for it and those after it
     * @param destination filled from its position to its limit; the position is not moved
     */
    void read(Blob blob, long offset, ByteBuffer destination, long first, long[] places) throws StoreException {
        SecretKey key = key(blob.id());
        int at = 0;
        while (at < places.length) {
            long bytes = length(blob, first + at, places[at]);
            int end = at + 1;
            while (end < places.length
                    && FrameList.offset(places[end]) == FrameList.offset(places[at]) + bytes
                    && bytes + length(blob, first + end, places[end]) <= MIDDLE_BYTES) {
                bytes += FrameList.length(places[end]);
                end++;
            }
            Scratch scratch = bytes <= SMALL_BYTES ? small : middle;
            ByteBuffer buffer = scratch.take();
            try {
                get(blob, FrameList.offset(places[at]), buffer.limit((int) bytes));
                int from = 0;
                for (int i = at; i < end; i++) {
                    open(
                            blob,
                            first + i,
                            FrameList.packing(places[i]),
                            buffer,
                            from,
                            FrameList.length(places[i]),
                            key,
                            offset,
                            destination);
                    from += FrameList.length(places[i]);
                }
            } finally {
                scratch.give(buffer);
            }
            at = end;
        }
    }

    private int length(Blob blob, long frame, long place) throws StoreException {
        int length = FrameList.length(place);
        if (length <= overheadBytes() || length > Frame.BYTES + overheadBytes()) {
            throw damaged(blob, what(blob, frame) + " is listed with a length that no frame has");
        }
        return length;
    }

    private void get(Blob blob, long offset, ByteBuffer buffer) throws StoreException {
        try {
            store.get(blob.key(), offset, buffer, null);
        } catch (StoreException e) {
            if (e.kind() == Kind.INVALID) {
                throw damaged(blob, "it is shorter than it was");
            }
            throw e;
        }
    }

    /** Opens a frame that lies in {@code buffer} and copies what the range has of it. */
    void open(
            Blob blob,
            long frame,
            int packing,
            ByteBuffer buffer,
            int from,
            int length,
            @Nullable SecretKey key,
            long offset,
            ByteBuffer destination)
            throws StoreException {
        int plainBytes = Frame.plainBytes(blob.sizeBytes(), frame);
        Workbench bench = benches.take();
        try {
            buffer.get(from, bench.stored, 0, length);
            String wrong = bench.open(Frame.data(blob.id(), frame, plainBytes), packing, length, key);
            if (wrong != null) {
                throw damaged(blob, what(blob, frame) + " " + wrong);
            }
            long begin = Math.max(offset, frame * Frame.BYTES);
            long end = Math.min(offset + destination.remaining(), frame * Frame.BYTES + plainBytes);
            destination.put(
                    destination.position() + (int) (begin - offset),
                    bench.plain,
                    (int) (begin - frame * Frame.BYTES),
                    (int) (end - begin));
        } finally {
            benches.give(bench);
        }
    }

    private static String what(Blob blob, long frame) {
        long begin = frame * Frame.BYTES;
        return "frame " + frame + ", bytes " + begin + " to " + (begin + Frame.plainBytes(blob.sizeBytes(), frame) - 1)
                + " of the blob,";
    }

    /** One line that names the object. */
    StoreException damaged(Blob blob, String what) {
        return new StoreException(
                Kind.CORRUPT,
                "the object '" + blob.key() + "' in " + store.location() + " is damaged: " + what
                        + "; put a good copy of it in its place; 'leat fsck --data' finds all that are damaged");
    }
}
