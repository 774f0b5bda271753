package dev.leat.store;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the requests to a store within {@link StoreLimits}. Callers wait, in the order they came, as long as it takes; a
 * limit never makes a request fail, except when its thread is interrupted. A batch delete counts as one request for each
 * batch, any other call as one.
 */
public final class LimitedStore implements ObjectStore {
    private final ObjectStore store;
    private final Turns turns;

    /** Limits {@code store}, which it closes when it is closed. */
    public LimitedStore(ObjectStore store, StoreLimits limits) {
        this(store, limits, Pauses.REAL);
    }

    LimitedStore(ObjectStore store, StoreLimits limits, Pauses pauses) {
        this.store = store;
        this.turns = new Turns(store.location(), limits, pauses);
    }

    private <T> T limited(long requestCount, long upBytes, long downBytes, Retries.Request<T> request)
            throws StoreException {
        return turns.take(requestCount, upBytes, downBytes, request);
    }

    @Override
    public StoreCapabilities capabilities() {
        return store.capabilities();
    }

    @Override
    public String location() {
        return store.location();
    }

    @Override
    public ObjectInfo head(String key) throws StoreException {
        return limited(1, 0, 0, () -> store.head(key));
    }

    @Override
    public void get(String key, long offset, ByteBuffer destination, @Nullable String ifMatch) throws StoreException {
        limited(1, 0, destination.remaining(), () -> {
            store.get(key, offset, destination, ifMatch);
            return true;
        });
    }

    @Override
    public long tail(String key, ByteBuffer destination) throws StoreException {
        return limited(1, 0, destination.remaining(), () -> store.tail(key, destination));
    }

    @Override
    public ObjectInfo put(String key, ByteBuffer body, PutCondition condition) throws StoreException {
        return limited(1, body.remaining(), 0, () -> store.put(key, body, condition));
    }

    @Override
    public MultipartUpload upload(String key) throws StoreException {
        MultipartUpload upload = limited(1, 0, 0, () -> store.upload(key));
        return new MultipartUpload() {
            @Override
            public String id() {
                return upload.id();
            }

            @Override
            public void part(int number, ByteBuffer body) throws StoreException {
                limited(1, body.remaining(), 0, () -> {
                    upload.part(number, body);
                    return true;
                });
            }

            @Override
            public ObjectInfo complete(PutCondition condition) throws StoreException {
                return limited(1, 0, 0, () -> upload.complete(condition));
            }

            @Override
            public void abort() throws StoreException {
                limited(1, 0, 0, () -> {
                    upload.abort();
                    return true;
                });
            }
        };
    }

    @Override
    public List<DeleteFailure> delete(Collection<String> keys) throws StoreException {
        int batch = store.capabilities().deleteBatchMax();
        return limited((keys.size() + batch - 1) / batch, 0, 0, () -> store.delete(keys));
    }

    @Override
    public ListPage list(String prefix, @Nullable String delimiter, @Nullable String after, int limit)
            throws StoreException {
        return limited(1, 0, 0, () -> store.list(prefix, delimiter, after, limit));
    }

    @Override
    public List<PendingUpload> pendingUploads(String prefix) throws StoreException {
        return limited(1, 0, 0, () -> store.pendingUploads(prefix));
    }

    @Override
    public void abort(PendingUpload upload) throws StoreException {
        limited(1, 0, 0, () -> {
            store.abort(upload);
            return true;
        });
    }

    @Override
    public void close() {
        store.close();
    }
}
