package dev.leat.store;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Counts the requests to a store, with bytes, failures and latencies. Placed below {@link RetryingStore} it counts every
 * attempt.
 */
public final class MeteredStore implements ObjectStore {
    private final ObjectStore store;
    private final Meters meters = new Meters();

    /** Meters {@code store}, which it closes when it is closed. */
    public MeteredStore(ObjectStore store) {
        this.store = store;
    }

    /** The counts so far. Requests that end meanwhile may be in some of them and not in others. */
    public StoreMetrics metrics() {
        return meters.metrics();
    }

    private <T> T metered(StoreOperation operation, long bytes, Retries.Request<T> request) throws StoreException {
        return meters.count(operation, bytes, request);
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
        return metered(StoreOperation.HEAD, 0, () -> store.head(key));
    }

    @Override
    public void get(String key, long offset, ByteBuffer destination, @Nullable String ifMatch) throws StoreException {
        metered(StoreOperation.GET, destination.remaining(), () -> {
            store.get(key, offset, destination, ifMatch);
            return true;
        });
    }

    @Override
    public long tail(String key, ByteBuffer destination) throws StoreException {
        return metered(StoreOperation.GET, destination.remaining(), () -> store.tail(key, destination));
    }

    @Override
    public ObjectInfo put(String key, ByteBuffer body, PutCondition condition) throws StoreException {
        return metered(StoreOperation.PUT, body.remaining(), () -> store.put(key, body, condition));
    }

    @Override
    public MultipartUpload upload(String key) throws StoreException {
        MultipartUpload upload = metered(StoreOperation.UPLOAD, 0, () -> store.upload(key));
        return new MultipartUpload() {
            @Override
            public String id() {
                return upload.id();
            }

            @Override
            public void part(int number, ByteBuffer body) throws StoreException {
                metered(StoreOperation.PART, body.remaining(), () -> {
                    upload.part(number, body);
                    return true;
                });
            }

            @Override
            public ObjectInfo complete(PutCondition condition) throws StoreException {
                return metered(StoreOperation.COMPLETE, 0, () -> upload.complete(condition));
            }

            @Override
            public void abort() throws StoreException {
                metered(StoreOperation.ABORT, 0, () -> {
                    upload.abort();
                    return true;
                });
            }
        };
    }

    @Override
    public List<DeleteFailure> delete(Collection<String> keys) throws StoreException {
        return metered(StoreOperation.DELETE, 0, () -> store.delete(keys));
    }

    @Override
    public ListPage list(String prefix, @Nullable String delimiter, @Nullable String after, int limit)
            throws StoreException {
        return metered(StoreOperation.LIST, 0, () -> store.list(prefix, delimiter, after, limit));
    }

    @Override
    public List<PendingUpload> pendingUploads(String prefix) throws StoreException {
        return metered(StoreOperation.PENDING, 0, () -> store.pendingUploads(prefix));
    }

    @Override
    public void abort(PendingUpload upload) throws StoreException {
        metered(StoreOperation.ABORT, 0, () -> {
            store.abort(upload);
            return true;
        });
    }

    @Override
    public void close() {
        store.close();
    }
}
