package dev.leat.meta.gc;

import dev.leat.meta.content.ContentClient;
import dev.leat.store.BlobId;
import dev.leat.store.ListPage;
import dev.leat.store.ObjectInfo;
import dev.leat.store.ObjectStore;
import dev.leat.store.PutCondition;
import dev.leat.store.StoreException;
import java.nio.ByteBuffer;
import java.util.AbstractMap;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The blobs in a real store, as the map that a test client keeps its bytes in. */
public final class StoreMap extends AbstractMap<BlobId, byte[]> {
    private final ObjectStore store;

    /** The blobs in a store. */
    public StoreMap(ObjectStore store) {
        this.store = store;
    }

    @Override
    public byte @Nullable [] put(BlobId blob, byte[] bytes) {
        try {
            store.put(ContentClient.KEYS.key(blob), ByteBuffer.wrap(bytes), PutCondition.IF_ABSENT);
            return null;
        } catch (StoreException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public byte @Nullable [] get(@Nullable Object key) {
        if (!(key instanceof BlobId blob)) {
            return null;
        }
        try {
            String name = ContentClient.KEYS.key(blob);
            ByteBuffer bytes = ByteBuffer.allocate((int) store.head(name).sizeBytes());
            store.get(name, 0, bytes, null);
            return bytes.array();
        } catch (StoreException e) {
            if (e.kind() == StoreException.Kind.NOT_FOUND) {
                return null;
            }
            throw new AssertionError(e);
        }
    }

    @Override
    public Set<BlobId> keySet() {
        Set<BlobId> blobs = new HashSet<>();
        try {
            String after = null;
            while (true) {
                ListPage page = store.list(ContentClient.KEYS.prefix(), null, after, 1_000);
                for (ObjectInfo object : page.objects()) {
                    after = object.key();
                    BlobId blob = ContentClient.KEYS.parse(object.key());
                    if (blob != null) {
                        blobs.add(blob);
                    }
                }
                if (!page.truncated()) {
                    return blobs;
                }
            }
        } catch (StoreException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public Set<Entry<BlobId, byte[]>> entrySet() {
        throw new UnsupportedOperationException("only names are listed");
    }
}
