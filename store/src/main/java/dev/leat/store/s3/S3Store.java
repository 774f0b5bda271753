package dev.leat.store.s3;

import dev.leat.store.DeleteFailure;
import dev.leat.store.Keys;
import dev.leat.store.ListPage;
import dev.leat.store.MultipartUpload;
import dev.leat.store.ObjectInfo;
import dev.leat.store.ObjectStore;
import dev.leat.store.PendingUpload;
import dev.leat.store.PutCondition;
import dev.leat.store.StoreCapabilities;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/**
 * A bucket of a server that speaks S3, or the part of it under a prefix.
 *
 * <p>Requests go through the SDK's blocking client, one attempt each; decorators retry, limit and measure. Reads land in
 * the caller's buffer and writes leave from it without a copy of the whole. Where the server knows checksums every body
 * carries a CRC32C, computed over the buffer as it was handed over, and a read whose answer carries a checksum (servers
 * send one for whole objects, not for ranges) is compared with it.
 */
public final class S3Store implements ObjectStore {
    /** Limits of S3, which the other servers share: parts of 5 MiB to 5 GiB, 10,000 of them, 5 GiB in one write. */
    private static final int PART_MIN_BYTES = 5 << 20;

    private static final long PART_MAX_BYTES = 5L << 30;
    private static final int PARTS_MAX = 10_000;
    private static final int DELETE_BATCH_MAX = 1_000;
    private static final int LIST_MAX = 1_000;

    private final Connection connection;
    private final RangeReader reader = new RangeReader();
    private final Listing listing;
    private final BatchDelete batchDelete;

    private S3Store(Connection connection) {
        this.connection = connection;
        this.listing = new Listing(connection);
        this.batchDelete = new BatchDelete(connection);
    }

    /** Opens a bucket; nothing is asked of the server before the first call, except in the background. */
    public static S3Store open(S3Options options) {
        return new S3Store(new Connection(options));
    }

    @Override
    public StoreCapabilities capabilities() {
        return new StoreCapabilities(
                enforcesConditions(), PART_MIN_BYTES, PART_MAX_BYTES, PARTS_MAX, PART_MAX_BYTES, DELETE_BATCH_MAX);
    }

    /** No while it cannot be found out: whoever writes on a condition then hears why. */
    private boolean enforcesConditions() {
        try {
            return connection.conditionalPut();
        } catch (StoreException e) {
            return false;
        }
    }

    @Override
    public String location() {
        return connection.options().location();
    }

    @Override
    public ObjectInfo head(String key) throws StoreException {
        String name = name(key);
        HeadObjectResponse found = connection.call(
                "look up",
                name,
                s3 -> s3.headObject(
                        r -> r.bucket(connection.bucket()).key(name).overrideConfiguration(connection.reading(0))));
        return new ObjectInfo(
                key,
                found.contentLength() == null ? 0 : found.contentLength(),
                ETags.plain(found.eTag()),
                found.lastModified() == null ? 0 : found.lastModified().toEpochMilli(),
                found.versionId());
    }

    @Override
    public void get(String key, long offset, ByteBuffer destination, @Nullable String ifMatch) throws StoreException {
        String name = name(key);
        int length = destination.remaining();
        if (offset < 0 || length < 1) {
            throw new StoreException(
                    Kind.INVALID, "cannot read " + length + " bytes at " + offset + " of " + connection.where(name));
        }
        // a failed read leaves the caller's position alone, so that it can be repeated
        ByteBuffer target = destination.duplicate();
        String what = "read " + connection.where(name);
        connection.read(
                name,
                "bytes=" + offset + "-" + (offset + length - 1),
                ifMatch == null ? null : ETags.quoted(ifMatch),
                length,
                (answer, body) -> reader.read(what, offset, target, ifMatch, answer, body));
        destination.position(target.position());
    }

    @Override
    public long tail(String key, ByteBuffer destination) throws StoreException {
        String name = name(key);
        int length = destination.remaining();
        if (length < 1) {
            throw new StoreException(Kind.INVALID, "cannot read the last 0 bytes of " + connection.where(name));
        }
        ByteBuffer target = destination.duplicate();
        String what = "read the end of " + connection.where(name);
        long[] size = new long[1];
        connection.read(
                name,
                "bytes=-" + length,
                null,
                length,
                (answer, body) -> size[0] = reader.readTail(what, target, answer, body));
        destination.position(target.position());
        return size[0];
    }

    @Override
    public ObjectInfo put(String key, ByteBuffer body, PutCondition condition) throws StoreException {
        String name = name(key);
        int length = body.remaining();
        PutObjectRequest.Builder request = PutObjectRequest.builder()
                .bucket(connection.bucket())
                .key(name)
                .overrideConfiguration(connection.writing(length));
        switch (condition) {
            case PutCondition.Always _ -> {}
            case PutCondition.IfAbsent _ -> {
                if (connection.conditionalPut()) {
                    request.ifNoneMatch("*");
                }
            }
            case PutCondition.IfMatch match -> {
                requireConditions(connection, name);
                request.ifMatch(ETags.quoted(match.etag()));
            }
        }
        String crc = checksum(connection, body);
        if (crc != null) {
            request.checksumCRC32C(crc);
        }
        RequestBody bytes = BufferBody.of(body);
        PutObjectResponse done = conditional(
                condition, name, () -> connection.call("write", name, s3 -> s3.putObject(request.build(), bytes)));
        checkEcho(name, crc, done.checksumCRC32C());
        return new ObjectInfo(key, length, ETags.plain(done.eTag()), dateOf(done.sdkHttpResponse()), done.versionId());
    }

    @Override
    public MultipartUpload upload(String key) throws StoreException {
        return S3Upload.begin(connection, key, name(key));
    }

    @Override
    public List<DeleteFailure> delete(Collection<String> keys) throws StoreException {
        for (String key : keys) {
            Keys.check(key);
        }
        return batchDelete.delete(keys, DELETE_BATCH_MAX);
    }

    @Override
    public ListPage list(String prefix, @Nullable String delimiter, @Nullable String after, int limit)
            throws StoreException {
        if (limit < 1 || limit > LIST_MAX) {
            throw new StoreException(Kind.INVALID, "cannot list " + limit + " keys at a time: 1 to " + LIST_MAX);
        }
        return listing.page(prefix, delimiter, after, limit);
    }

    @Override
    public List<PendingUpload> pendingUploads(String prefix) throws StoreException {
        String begin = connection.inBucket(prefix);
        ListMultipartUploadsResponse found = connection.call(
                "list the uploads under",
                begin,
                s3 -> s3.listMultipartUploads(r -> r.bucket(connection.bucket())
                        .prefix(begin)
                        .maxUploads(LIST_MAX)
                        .overrideConfiguration(connection.plain())));
        int cut = connection.options().prefix().length();
        return found.uploads().stream()
                // MinIO ignores the prefix unless it is a whole key
                .filter(upload -> upload.key().startsWith(begin))
                .map(upload -> new PendingUpload(upload.key().substring(cut), upload.uploadId()))
                .toList();
    }

    @Override
    public void abort(PendingUpload upload) throws StoreException {
        S3Upload.abort(connection, name(upload.key()), upload.id());
    }

    @Override
    public void close() {
        connection.close();
    }

    private String name(String key) throws StoreException {
        String name = connection.inBucket(Keys.check(key));
        return connection.options().prefix().isEmpty() ? name : Keys.check(name);
    }

    /** The body's CRC32C where the server knows it, else null. */
    static @Nullable String checksum(Connection connection, ByteBuffer body) throws StoreException {
        return connection.dialect().checksums() == Dialect.Checksums.CRC32C ? BufferBody.crc32c(body) : null;
    }

    /** Refuses a write on a condition that nobody would enforce. */
    static void requireConditions(Connection connection, String name) throws StoreException {
        if (!connection.conditionalPut()) {
            throw new StoreException(
                    Kind.INVALID,
                    "cannot write " + connection.where(name)
                            + " on the condition that it is unchanged: the server does not enforce conditions");
        }
    }

    /** A request that may fail. */
    @FunctionalInterface
    interface Request<T> {
        T send() throws StoreException;
    }

    /** Runs a conditional write; S3 answers If-Match on a missing object with 404, which is a condition that fails. */
    static <T> T conditional(PutCondition condition, String name, Request<T> request) throws StoreException {
        try {
            return request.send();
        } catch (StoreException e) {
            boolean gone = e.kind() == Kind.NOT_FOUND && condition instanceof PutCondition.IfMatch;
            if (gone && Failures.isMissingKey(e)) {
                throw new StoreException(Kind.PRECONDITION_FAILED, "the object " + name + " is gone", e);
            }
            throw e;
        }
    }

    private void checkEcho(String name, @Nullable String sent, @Nullable String echoed) throws StoreException {
        if (sent != null && echoed != null && !echoed.equals(sent)) {
            throw new StoreException(
                    Kind.CORRUPT, "the server got other bytes of " + connection.where(name) + " than were sent");
        }
    }

    /** The server's clock when it answered, or 0 where it does not say; S3 answers a write without its time. */
    static long dateOf(SdkHttpResponse answer) {
        String date = answer.firstMatchingHeader("Date").orElse("");
        try {
            return ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant()
                    .toEpochMilli();
        } catch (DateTimeException e) {
            return 0;
        }
    }
}
