package dev.leat.cli.volume;

import dev.leat.store.MultipartUpload;
import dev.leat.store.ObjectStore;
import dev.leat.store.PutCondition;
import dev.leat.store.StoreException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Writes a new object as a stream, in parts when it is large. Nothing is visible before {@link #complete}; closing without it gives the object up.
 */
final class StoreOutput extends OutputStream {
    /** 10,000 parts of it are 78 GiB, more than any dump; a mount has the room for one. */
    private static final int PART_BYTES = 8 << 20;

    private final ObjectStore store;
    private final String key;
    private final ByteBuffer buffer;
    private @Nullable MultipartUpload upload;
    private int parts;
    private boolean done;

    StoreOutput(ObjectStore store, String key) {
        this.store = store;
        this.key = key;
        this.buffer =
                ByteBuffer.allocate(Math.max(PART_BYTES, store.capabilities().partMinBytes()));
    }

    @Override
    public void write(int b) throws StoreException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws StoreException {
        int at = offset;
        int left = length;
        while (left > 0) {
            if (!buffer.hasRemaining()) {
                sendPart();
            }
            int some = Math.min(left, buffer.remaining());
            buffer.put(bytes, at, some);
            at += some;
            left -= some;
        }
    }

    private void sendPart() throws StoreException {
        if (upload == null) {
            upload = store.upload(key);
        }
        upload.part(++parts, buffer.flip());
        buffer.clear();
    }

    /** Makes the object visible. */
    void complete() throws StoreException {
        if (upload == null) {
            store.put(key, buffer.flip(), PutCondition.IF_ABSENT);
        } else {
            if (buffer.position() > 0) {
                sendPart();
            }
            upload.complete(PutCondition.IF_ABSENT);
        }
        done = true;
    }

    @Override
    public void close() throws StoreException {
        if (!done && upload != null) {
            done = true;
            upload.abort();
        }
    }
}
