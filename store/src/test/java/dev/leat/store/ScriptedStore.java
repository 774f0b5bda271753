package dev.leat.store;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A real store whose next requests fail as a test has written down: before they take effect, or with a lost reply. */
class ScriptedStore implements ObjectStore {
    private final ObjectStore store;
    private final Deque<Fault> faults = new ArrayDeque<>();
    private final List<String> requests = Collections.synchronizedList(new ArrayList<>());

    private record Fault(StoreOperation operation, StoreException.Kind kind, boolean afterEffect) {}

    ScriptedStore(ObjectStore store) {
        this.store = store;
    }

    /** The next request of this kind fails without an effect. */
    ScriptedStore fail(StoreOperation operation, StoreException.Kind kind) {
        faults.add(new Fault(operation, kind, false));
        return this;
    }

    /** The next request of this kind is carried out, but its reply is lost. */
    ScriptedStore loseReply(StoreOperation operation) {
        faults.add(new Fault(operation, StoreException.Kind.UNAVAILABLE, true));
        return this;
    }

    /** Requests that reached this store, in order. */
    List<String> requests() {
        return List.copyOf(requests);
    }

    /** Faults that have not come up. */
    int left() {
        return faults.size();
    }

    private interface Request<T> {
        T send() throws StoreException;
    }

    private <T> T play(StoreOperation operation, String what, Request<T> request) throws StoreException {
        requests.add(operation + " " + what);
        Fault fault;
        synchronized (faults) {
            Fault next = faults.peek();
            fault = next != null && next.operation == operation ? faults.remove() : null;
        }
        if (fault == null) {
            return request.send();
        }
        if (fault.afterEffect) {
            request.send();
        }
        throw new StoreException(fault.kind, operation + " " + what + " fails by script");
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
        return play(StoreOperation.HEAD, key, () -> store.head(key));
    }

    @Override
    public void get(String key, long offset, ByteBuffer destination, @Nullable String ifMatch) throws StoreException {
        play(StoreOperation.GET, key + " " + offset + "+" + destination.remaining(), () -> {
            store.get(key, offset, destination, ifMatch);
            return true;
        });
    }

    @Override
    public ObjectInfo put(String key, ByteBuffer body, PutCondition condition) throws StoreException {
        return play(StoreOperation.PUT, key, () -> store.put(key, body, condition));
    }

    @Override
    public MultipartUpload upload(String key) throws StoreException {
        MultipartUpload upload = play(StoreOperation.UPLOAD, key, () -> store.upload(key));
        return new MultipartUpload() {
            @Override
            public String id() {
                return upload.id();
            }

            @Override
            public void part(int number, ByteBuffer body) throws StoreException {
                play(StoreOperation.PART, key + " " + number, () -> {
                    upload.part(number, body);
                    return true;
                });
            }

            @Override
            public ObjectInfo complete(PutCondition condition) throws StoreException {
                return play(StoreOperation.COMPLETE, key, () -> upload.complete(condition));
            }

            @Override
            public void abort() throws StoreException {
                play(StoreOperation.ABORT, key, () -> {
                    upload.abort();
                    return true;
                });
            }
        };
    }

    @Override
    public List<DeleteFailure> delete(Collection<String> keys) throws StoreException {
        return play(StoreOperation.DELETE, keys.toString(), () -> store.delete(keys));
    }

    @Override
    public ListPage list(String prefix, @Nullable String delimiter, @Nullable String after, int limit)
            throws StoreException {
        return play(StoreOperation.LIST, prefix, () -> store.list(prefix, delimiter, after, limit));
    }

    @Override
    public List<PendingUpload> pendingUploads(String prefix) throws StoreException {
        return play(StoreOperation.PENDING, prefix, () -> store.pendingUploads(prefix));
    }

    @Override
    public void abort(PendingUpload upload) throws StoreException {
        play(StoreOperation.ABORT, upload.key(), () -> {
            store.abort(upload);
            return true;
        });
    }

    @Override
    public void close() {
        store.close();
    }
}
