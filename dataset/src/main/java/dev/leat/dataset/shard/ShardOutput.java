package dev.leat.dataset.shard;

import dev.leat.store.MultipartUpload;
import dev.leat.store.ObjectStore;
import dev.leat.store.PutCondition;
import dev.leat.store.StoreException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Writes one shard into a store, in parts; nothing of it is seen before it is complete. */
final class ShardOutput implements AutoCloseable {
    /** 10,000 of them are 78 GiB, more than a shard. */
    private static final int PART_BYTES = 8 << 20;

    private final ObjectStore store;
    private final String key;
    private final ByteBuffer part;
    private final MessageDigest digest = ShardPlan.sha256();
    private @Nullable MultipartUpload upload;
    private int parts;
    private long position;
    private boolean done;

    /**
     * Into an object, which is replaced when the output is complete.
     *
     * @param part room for a part ({@link #room}), for the output's life
     */
    ShardOutput(ObjectStore store, String key, ByteBuffer part) {
        this.store = store;
        this.key = key;
        this.part = part.clear();
    }

    /** Room for a part. It is used for one shard after the other, since memory outside of the heap is freed late. */
    static ByteBuffer room(ObjectStore store) {
        return ByteBuffer.allocateDirect(
                Math.max(PART_BYTES, store.capabilities().partMinBytes()));
    }

    /** Bytes written. */
    long position() {
        return position;
    }

    /** Writes all that remains in a buffer. */
    void write(ByteBuffer bytes) throws StoreException {
        digest.update(bytes.duplicate());
        position += bytes.remaining();
        while (bytes.hasRemaining()) {
            if (!part.hasRemaining()) {
                send();
            }
            int some = Math.min(bytes.remaining(), part.remaining());
            part.put(bytes.slice(bytes.position(), some));
            bytes.position(bytes.position() + some);
        }
    }

    private void send() throws StoreException {
        if (upload == null) {
            upload = store.upload(key);
        }
        upload.part(++parts, part.flip());
        part.clear();
    }

    /**
     * Makes the shard visible.
     *
     * @return the SHA-256 of its bytes, in hexadecimal
     */
    String complete() throws StoreException {
        if (upload == null) {
            store.put(key, part.flip(), PutCondition.ALWAYS);
        } else {
            if (part.position() > 0) {
                send();
            }
            upload.complete(PutCondition.ALWAYS);
        }
        done = true;
        return HexFormat.of().formatHex(digest.digest());
    }

    @Override
    public void close() throws StoreException {
        if (!done && upload != null) {
            done = true;
            upload.abort();
        }
    }
}
