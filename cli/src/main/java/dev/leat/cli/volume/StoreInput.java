package dev.leat.cli.volume;

import dev.leat.store.ObjectInfo;
import dev.leat.store.ObjectStore;
import dev.leat.store.StoreException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** Reads an object as a stream, which fails when the object is replaced meanwhile. */
final class StoreInput extends InputStream {
    /** Large enough that the latency of a GET is small beside its transfer. */
    private static final int RANGE_BYTES = 4 << 20;

    private final ObjectStore store;
    private final ObjectInfo object;
    private final ByteBuffer buffer;
    private long next;

    StoreInput(ObjectStore store, String key) throws StoreException {
        this.store = store;
        this.object = store.head(key);
        this.buffer = ByteBuffer.allocate((int) Math.min(RANGE_BYTES, Math.max(1, object.sizeBytes())));
        buffer.limit(0);
    }

    private boolean fill() throws StoreException {
        if (buffer.hasRemaining()) {
            return true;
        }
        long left = object.sizeBytes() - next;
        if (left == 0) {
            return false;
        }
        buffer.clear().limit((int) Math.min(buffer.capacity(), left));
        store.get(object.key(), next, buffer, object.etag());
        buffer.flip();
        next += buffer.remaining();
        return true;
    }

    @Override
    public int read() throws StoreException {
        return fill() ? buffer.get() & 0xff : -1;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws StoreException {
        if (length == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        int some = Math.min(length, buffer.remaining());
        buffer.get(bytes, offset, some);
        return some;
    }

    @Override
    public int available() throws StoreException {
        // What the unpacker asks for to learn whether another member may follow.
        return (int) Math.min(Integer.MAX_VALUE, buffer.remaining() + object.sizeBytes() - next);
    }
}
