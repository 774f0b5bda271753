package dev.leat.dataset.shard;

import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.Source;
import dev.leat.store.ObjectInfo;
import dev.leat.store.ObjectStore;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.nio.ByteBuffer;

/** Small texts, whole. */
final class StoreText {
    /** An index of 50,000 members has 10 MiB; shards of others may have more. */
    private static final long BYTES_MAX = 256L << 20;

    private static final int RANGE_BYTES = 4 << 20;

    private StoreText() {}

    static byte[] read(ObjectStore store, String key) throws StoreException {
        ObjectInfo info = store.head(key);
        byte[] bytes = room(key, info.sizeBytes());
        ByteBuffer text = ByteBuffer.wrap(bytes);
        if (text.hasRemaining()) {
            store.get(key, 0, text, info.etag());
        }
        return bytes;
    }

    static byte[] read(Source source, String path) throws StoreException {
        Facts facts = source.facts(path);
        byte[] bytes = room(path, facts.sizeBytes());
        ByteBuffer text = ByteBuffer.wrap(bytes);
        while (text.hasRemaining()) {
            ByteBuffer range = text.slice(text.position(), Math.min(text.remaining(), RANGE_BYTES));
            source.read(path, facts, text.position(), range);
            text.position(text.position() + range.position());
        }
        return bytes;
    }

    private static byte[] room(String key, long sizeBytes) throws StoreException {
        if (sizeBytes > BYTES_MAX) {
            throw new StoreException(
                    Kind.INVALID, key + " has " + sizeBytes + " bytes, more than the " + BYTES_MAX + " of an index");
        }
        return new byte[(int) sizeBytes];
    }
}
