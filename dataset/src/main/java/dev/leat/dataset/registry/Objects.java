package dev.leat.dataset.registry;

import dev.leat.store.ListPage;
import dev.leat.store.MultipartUpload;
import dev.leat.store.ObjectInfo;
import dev.leat.store.ObjectStore;
import dev.leat.store.PutCondition;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The objects of a registry: small ones whole, manifests as streams. */
final class Objects {
    /** Longest record, in bytes. */
    private static final int RECORD_BYTES_MAX = 1 << 20;

    /** A manifest up to this size is one PUT; above it goes in parts of this size, of which 10,000 are 160 GiB. */
    private static final int PART_BYTES = 16 << 20;

    /** Bytes of a manifest that are fetched at a time. */
    private static final int READ_BYTES = 4 << 20;

    private static final int PAGE_ENTRIES = 1_000;

    private final ObjectStore store;

    Objects(ObjectStore store) {
        this.store = store;
    }

    String location() {
        return store.location();
    }

    /** A small object; null if there is none. */
    byte @Nullable [] read(String key) throws StoreException {
        ObjectInfo object = head(key);
        if (object == null) {
            return null;
        }
        if (object.sizeBytes() > RECORD_BYTES_MAX) {
            throw new StoreException(Kind.INVALID, key + " in " + location() + " is too long to be a record");
        }
        byte[] bytes = new byte[(int) object.sizeBytes()];
        if (bytes.length > 0) {
            store.get(key, 0, ByteBuffer.wrap(bytes), object.etag());
        }
        return bytes;
    }

    boolean exists(String key) throws StoreException {
        return head(key) != null;
    }

    @Nullable
    ObjectInfo head(String key) throws StoreException {
        try {
            return store.head(key);
        } catch (StoreException e) {
            if (e.kind() == Kind.NOT_FOUND) {
                return null;
            }
            throw e;
        }
    }

    void write(String key, byte[] bytes) throws StoreException {
        store.put(key, ByteBuffer.wrap(bytes), PutCondition.ALWAYS);
    }

    /**
     * Writes an object that must not be there yet. A store that cannot make sure of that is only looked at before.
     *
     * @return whether it was written
     */
    boolean create(String key, byte[] bytes) throws StoreException {
        if (!store.capabilities().conditionalPut() && exists(key)) {
            return false;
        }
        try {
            store.put(key, ByteBuffer.wrap(bytes), PutCondition.IF_ABSENT);
            return true;
        } catch (StoreException e) {
            if (e.kind() == Kind.PRECONDITION_FAILED) {
                return false;
            }
            throw e;
        }
    }

    void delete(String key) throws StoreException {
        var failures = store.delete(List.of(key));
        if (!failures.isEmpty()) {
            throw new StoreException(
                    Kind.DENIED,
                    key + " in " + location() + " cannot be deleted: "
                            + failures.getFirst().reason());
        }
    }

    /** All keys that begin with {@code prefix}, in order. */
    List<String> keys(String prefix) throws StoreException {
        List<String> keys = new ArrayList<>();
        String after = null;
        ListPage page;
        do {
            page = store.list(prefix, null, after, PAGE_ENTRIES);
            for (ObjectInfo object : page.objects()) {
                keys.add(object.key());
            }
            after = keys.isEmpty() ? null : keys.getLast();
        } while (page.truncated());
        return keys;
    }

    /** Copies a file to an object. */
    void upload(String key, Path file) throws IOException {
        try (FileChannel from = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = from.size();
            ByteBuffer buffer = ByteBuffer.allocateDirect((int) Math.min(PART_BYTES, size));
            if (size <= PART_BYTES) {
                fill(from, buffer);
                store.put(key, buffer, PutCondition.ALWAYS);
                return;
            }
            MultipartUpload upload = store.upload(key);
            boolean done = false;
            try {
                for (int part = 1; from.position() < size; part++) {
                    buffer.clear();
                    fill(from, buffer);
                    upload.part(part, buffer);
                }
                upload.complete(PutCondition.ALWAYS);
                done = true;
            } finally {
                if (!done) {
                    upload.abort();
                }
            }
        }
    }

    private static void fill(FileChannel from, ByteBuffer buffer) throws IOException {
        int got = 0;
        while (got >= 0 && buffer.hasRemaining()) {
            got = from.read(buffer);
        }
        buffer.flip();
    }

    /** Reads an object from its beginning; null if there is none. */
    @Nullable
    InputStream stream(String key) throws StoreException {
        ObjectInfo object = head(key);
        return object == null ? null : new ObjectStream(object);
    }

    private final class ObjectStream extends InputStream {
        private final ObjectInfo object;
        private final ByteBuffer buffer;
        private long offset;

        ObjectStream(ObjectInfo object) {
            this.object = object;
            this.buffer = ByteBuffer.allocate((int) Math.min(READ_BYTES, object.sizeBytes()))
                    .limit(0);
        }

        private boolean fill() throws StoreException {
            if (buffer.hasRemaining()) {
                return true;
            }
            int length = (int) Math.min(buffer.capacity(), object.sizeBytes() - offset);
            if (length == 0) {
                return false;
            }
            buffer.clear().limit(length);
            store.get(object.key(), offset, buffer, object.etag());
            buffer.flip();
            offset += length;
            return true;
        }

        @Override
        public int read() throws IOException {
            return fill() ? buffer.get() & 0xff : -1;
        }

        @Override
        public int read(byte[] to, int at, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (!fill()) {
                return -1;
            }
            int got = Math.min(length, buffer.remaining());
            buffer.get(to, at, got);
            return got;
        }
    }
}
