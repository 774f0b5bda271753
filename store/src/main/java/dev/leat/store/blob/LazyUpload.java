package dev.leat.store.blob;

import dev.leat.store.MultipartUpload;
import dev.leat.store.ObjectInfo;
import dev.leat.store.ObjectStore;
import dev.leat.store.PutCondition;
import dev.leat.store.StoreException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** An upload that the store hears of with the first part, so that whoever begins it need not wait for the store. */
final class LazyUpload implements MultipartUpload {
    private final ObjectStore store;
    private final String key;
    private @Nullable MultipartUpload upload;

    LazyUpload(ObjectStore store, String key) {
        this.store = store;
        this.key = key;
    }

    private synchronized MultipartUpload begun() throws StoreException {
        MultipartUpload begun = upload;
        if (begun == null) {
            begun = store.upload(key);
            upload = begun;
        }
        return begun;
    }

    private synchronized @Nullable MultipartUpload current() {
        return upload;
    }

    @Override
    public String id() {
        MultipartUpload begun = current();
        return begun == null ? "of " + key + ", not begun" : begun.id();
    }

    @Override
    public void part(int number, ByteBuffer body) throws StoreException {
        begun().part(number, body);
    }

    @Override
    public ObjectInfo complete(PutCondition condition) throws StoreException {
        return begun().complete(condition);
    }

    @Override
    public void abort() throws StoreException {
        MultipartUpload begun = current();
        if (begun != null) {
            begun.abort();
        }
    }
}
