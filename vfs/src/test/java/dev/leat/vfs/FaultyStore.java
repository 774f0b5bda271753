package dev.leat.vfs;

import dev.leat.store.DeleteFailure;
import dev.leat.store.ListPage;
import dev.leat.store.MultipartUpload;
import dev.leat.store.ObjectInfo;
import dev.leat.store.ObjectStore;
import dev.leat.store.PendingUpload;
import dev.leat.store.PutCondition;
import dev.leat.store.StoreCapabilities;
import dev.leat.store.StoreException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A real store that a test can make fail, lose replies or stand still. Its parts are small, so that files of some 100 KB already go the
 * way of large ones.
 */
final class FaultyStore implements ObjectStore {
    private static final int PART_BYTES = 16 << 10;
    private static final int PARTS_MAX = 200;

    private final ObjectStore store;
    private final Random random;
    private final AtomicInteger failures = new AtomicInteger();
    private final AtomicInteger writes = new AtomicInteger();
    private volatile double failing;
    private boolean held;

    FaultyStore(ObjectStore store, long seed) {
        this.store = store;
        this.random = new Random(seed);
    }

    /** From now on this share of all writes fails, half of those after they took effect. */
    void failing(double share) {
        failing = share;
    }

    /** From now on writes stand still, or go on. */
    synchronized void hold(boolean hold) {
        held = hold;
        notifyAll();
    }

    /** How many writes failed. */
    int failures() {
        return failures.get();
    }

    /** How many writes were begun. */
    int writes() {
        return writes.get();
    }

    private interface Call<T> {
        T send() throws StoreException;
    }

    private <T> T write(String what, Call<T> call) throws StoreException {
        writes.incrementAndGet();
        synchronized (this) {
            while (held) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new StoreException(StoreException.Kind.UNAVAILABLE, what + " was interrupted", e);
                }
            }
        }
        boolean fails;
        boolean takesEffect;
        synchronized (random) {
            fails = random.nextDouble() < failing;
            takesEffect = random.nextBoolean();
        }
        if (!fails) {
            return call.send();
        }
        failures.incrementAndGet();
        if (takesEffect) {
            call.send();
        }
        throw new StoreException(StoreException.Kind.UNAVAILABLE, "injected: " + what + " failed");
    }

    @Override
    public StoreCapabilities capabilities() {
        StoreCapabilities real = store.capabilities();
        return new StoreCapabilities(
                real.conditionalPut(), 1, PART_BYTES, PARTS_MAX, real.putMaxBytes(), real.deleteBatchMax());
    }

    @Override
    public String location() {
        return store.location();
    }

    @Override
    public ObjectInfo head(String key) throws StoreException {
        return store.head(key);
    }

    @Override
    public void get(String key, long offset, ByteBuffer destination, @Nullable String ifMatch) throws StoreException {
        store.get(key, offset, destination, ifMatch);
    }

    @Override
    public ObjectInfo put(String key, ByteBuffer body, PutCondition condition) throws StoreException {
        return write("put of " + key, () -> store.put(key, body, condition));
    }

    @Override
    public MultipartUpload upload(String key) throws StoreException {
        MultipartUpload upload = write("upload of " + key, () -> store.upload(key));
        return new MultipartUpload() {
            @Override
            public String id() {
                return upload.id();
            }

            @Override
            public void part(int number, ByteBuffer body) throws StoreException {
                write("part " + number + " of " + key, () -> {
                    upload.part(number, body);
                    return true;
                });
            }

            @Override
            public ObjectInfo complete(PutCondition condition) throws StoreException {
                return write("completion of " + key, () -> upload.complete(condition));
            }

            @Override
            public void abort() throws StoreException {
                upload.abort();
            }
        };
    }

    @Override
    public List<DeleteFailure> delete(Collection<String> keys) throws StoreException {
        return store.delete(keys);
    }

    @Override
    public ListPage list(String prefix, @Nullable String delimiter, @Nullable String after, int limit)
            throws StoreException {
        return store.list(prefix, delimiter, after, limit);
    }

    @Override
    public List<PendingUpload> pendingUploads(String prefix) throws StoreException {
        return store.pendingUploads(prefix);
    }

    @Override
    public void abort(PendingUpload upload) throws StoreException {
        store.abort(upload);
    }

    @Override
    public void close() {
        store.close();
    }
}
