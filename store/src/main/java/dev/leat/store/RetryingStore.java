package dev.leat.store;

import dev.leat.store.StoreException.Kind;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Tries failed requests again: exponential backoff with full jitter, within a deadline per call and a budget over all
 * calls.
 *
 * <p>A request without a reply may have taken effect. Reading, listing, deleting, sending a part and replacing
 * unconditionally can just be repeated. A conditional put or a completed upload cannot: repeated, it may fail on its own
 * first effect ("exists already", "no such upload"). Then the object is read back, and if it has exactly the bytes that
 * were sent, the call has succeeded. A caller that must know whether it or a twin with the same bytes was first puts
 * something of its own into the bytes.
 */
public final class RetryingStore implements ObjectStore {
    /** Bytes that are read back at a time to recognise one's own object. */
    private static final int COMPARED_BYTES = 1 << 20;

    private final ObjectStore store;
    private final Retries calls;

    /** Retries the requests of {@code store}, which it closes when it is closed. */
    public RetryingStore(ObjectStore store, RetryPolicy policy) {
        this(store, policy, Pauses.REAL);
    }

    RetryingStore(ObjectStore store, RetryPolicy policy, Pauses pauses) {
        this.store = store;
        this.calls = new Retries(policy, pauses);
    }

    /** Requests that were tried again since the store was opened. */
    public long retries() {
        return calls.retries();
    }

    /** Requests that were not tried again because the budget was empty. */
    public long refusedByBudget() {
        return calls.refusedByBudget();
    }

    private <T> T call(Retries.Request<T> request) throws StoreException {
        return calls.call(request);
    }

    private <T> T call(Retries.Request<T> request, Retries.Doubt doubt) throws StoreException {
        return calls.call(request, doubt);
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
        return call(() -> store.head(key));
    }

    @Override
    public void get(String key, long offset, ByteBuffer destination, @Nullable String ifMatch) throws StoreException {
        int position = destination.position();
        call(() -> {
            destination.position(position);
            store.get(key, offset, destination, ifMatch);
            return true;
        });
    }

    @Override
    public long tail(String key, ByteBuffer destination) throws StoreException {
        int position = destination.position();
        return call(() -> {
            destination.position(position);
            return store.tail(key, destination);
        });
    }

    @Override
    public ObjectInfo put(String key, ByteBuffer body, PutCondition condition) throws StoreException {
        Retries.Doubt doubt = new Retries.Doubt();
        try {
            return call(() -> store.put(key, body, condition), doubt);
        } catch (StoreException e) {
            if (e.kind() == Kind.PRECONDITION_FAILED && doubt.any()) {
                return ownOr(e, key, body.remaining(), (offset, bytes) -> {
                    ByteBuffer sent = body.slice(body.position() + (int) offset, bytes.remaining());
                    return sent.equals(bytes);
                });
            }
            throw e;
        }
    }

    /** Compares bytes of an object with what was sent. */
    private interface Sent {
        boolean matches(long offset, ByteBuffer bytes);
    }

    /** The object as it is, if it has the bytes that were sent; else fails with {@code failure}. */
    private ObjectInfo ownOr(StoreException failure, String key, long sizeBytes, Sent sent) throws StoreException {
        try {
            ObjectInfo there = head(key);
            if (there.sizeBytes() != sizeBytes) {
                throw failure;
            }
            ByteBuffer piece = ByteBuffer.allocate((int) Math.min(sizeBytes, COMPARED_BYTES));
            for (long at = 0; at < sizeBytes; at += piece.limit()) {
                piece.clear().limit((int) Math.min(sizeBytes - at, piece.capacity()));
                get(key, at, piece, there.etag());
                if (!sent.matches(at, piece.flip())) {
                    throw failure;
                }
            }
            return there;
        } catch (StoreException e) {
            if (e.kind() == Kind.NOT_FOUND || e.kind() == Kind.PRECONDITION_FAILED) {
                throw failure; // it is being changed: not ours any more, if it ever was
            }
            throw e;
        }
    }

    @Override
    public MultipartUpload upload(String key) throws StoreException {
        return new Upload(key, call(() -> store.upload(key)));
    }

    @Override
    public List<DeleteFailure> delete(Collection<String> keys) throws StoreException {
        return call(() -> store.delete(keys));
    }

    @Override
    public ListPage list(String prefix, @Nullable String delimiter, @Nullable String after, int limit)
            throws StoreException {
        return call(() -> store.list(prefix, delimiter, after, limit));
    }

    @Override
    public List<PendingUpload> pendingUploads(String prefix) throws StoreException {
        return call(() -> store.pendingUploads(prefix));
    }

    @Override
    public void abort(PendingUpload upload) throws StoreException {
        call(() -> {
            store.abort(upload);
            return true;
        });
    }

    @Override
    public void close() {
        store.close();
    }

    /** Length and checksum of a part as it was sent. */
    private record Part(int sizeBytes, int crc32c) {
        static Part of(ByteBuffer body) {
            CRC32C crc = new CRC32C();
            crc.update(body.duplicate());
            return new Part(body.remaining(), (int) crc.getValue());
        }
    }

    private final class Upload implements MultipartUpload {
        private final String key;
        private final MultipartUpload upload;
        private final SortedMap<Integer, Part> parts = new ConcurrentSkipListMap<>();

        Upload(String key, MultipartUpload upload) {
            this.key = key;
            this.upload = upload;
        }

        @Override
        public String id() {
            return upload.id();
        }

        @Override
        public void part(int number, ByteBuffer body) throws StoreException {
            call(() -> {
                upload.part(number, body);
                return true;
            });
            parts.put(number, Part.of(body));
        }

        @Override
        public ObjectInfo complete(PutCondition condition) throws StoreException {
            Retries.Doubt doubt = new Retries.Doubt();
            try {
                return call(() -> upload.complete(condition), doubt);
            } catch (StoreException e) {
                boolean maybeOwn = e.kind() == Kind.PRECONDITION_FAILED || e.kind() == Kind.NOT_FOUND;
                if (!maybeOwn || !doubt.any()) {
                    throw e;
                }
                long sizeBytes =
                        parts.values().stream().mapToLong(Part::sizeBytes).sum();
                PartsCheck check = new PartsCheck(List.copyOf(parts.values()));
                return ownOr(e, key, sizeBytes, (_, bytes) -> check.goesOnWith(bytes));
            }
        }

        @Override
        public void abort() throws StoreException {
            call(() -> {
                upload.abort();
                return true;
            });
        }
    }

    /** Checks an object's bytes, in order, against the checksums of the parts. */
    private static final class PartsCheck {
        private final List<Part> parts;
        private final CRC32C crc = new CRC32C();
        private int part;
        private int leftBytes;

        PartsCheck(List<Part> parts) {
            this.parts = parts;
            this.leftBytes = parts.isEmpty() ? 0 : parts.getFirst().sizeBytes();
        }

        boolean goesOnWith(ByteBuffer bytes) {
            while (bytes.hasRemaining()) {
                int some = Math.min(leftBytes, bytes.remaining());
                crc.update(bytes.slice(bytes.position(), some));
                bytes.position(bytes.position() + some);
                leftBytes -= some;
                if (leftBytes == 0) {
                    if ((int) crc.getValue() != parts.get(part).crc32c()) {
                        return false;
                    }
                    crc.reset();
                    part++;
                    leftBytes = part < parts.size() ? parts.get(part).sizeBytes() : Integer.MAX_VALUE;
                }
            }
            return true;
        }
    }
}
