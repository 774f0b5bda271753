package dev.leat.store.s3;

import dev.leat.store.MultipartUpload;
import dev.leat.store.ObjectInfo;
import dev.leat.store.PutCondition;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/** A multipart upload. What each part got from the server is kept here, because completing has to list it. */
final class S3Upload implements MultipartUpload {
    private static final int PARTS_MAX = 10_000;

    private final Connection connection;
    private final String key;
    private final String name;
    private final String id;
    private final ConcurrentSkipListMap<Integer, Sent> parts = new ConcurrentSkipListMap<>();

    /** A part that the server has. */
    private record Sent(String etag, @Nullable String crc, int bytes) {}

    private S3Upload(Connection connection, String key, String name, String id) {
        this.connection = connection;
        this.key = key;
        this.name = name;
        this.id = id;
    }

    static S3Upload begin(Connection connection, String key, String name) throws StoreException {
        CreateMultipartUploadRequest.Builder request = CreateMultipartUploadRequest.builder()
                .bucket(connection.bucket())
                .key(name)
                .contentType("application/octet-stream")
                .overrideConfiguration(connection.writing(0));
        if (connection.dialect().checksums() == Dialect.Checksums.CRC32C) {
            request.checksumAlgorithm(ChecksumAlgorithm.CRC32_C);
        }
        String id = connection
                .call("begin an upload of", name, s3 -> s3.createMultipartUpload(request.build()))
                .uploadId();
        return new S3Upload(connection, key, name, id);
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public void part(int number, ByteBuffer body) throws StoreException {
        if (number < 1 || number > PARTS_MAX) {
            throw new StoreException(
                    Kind.INVALID, "part " + number + " of " + connection.where(name) + " is not in 1 to " + PARTS_MAX);
        }
        int length = body.remaining();
        String crc = S3Store.checksum(connection, body);
        UploadPartRequest.Builder request = UploadPartRequest.builder()
                .bucket(connection.bucket())
                .key(name)
                .uploadId(id)
                .partNumber(number)
                .overrideConfiguration(connection.sendingPart(length));
        if (crc != null) {
            request.checksumCRC32C(crc);
        }
        UploadPartResponse done = connection.call(
                "write part " + number + " of", name, s3 -> s3.uploadPart(request.build(), BufferBody.of(body)));
        if (crc != null && done.checksumCRC32C() != null && !crc.equals(done.checksumCRC32C())) {
            throw new StoreException(
                    Kind.CORRUPT,
                    "the server got other bytes of part " + number + " of " + connection.where(name)
                            + " than were sent");
        }
        parts.put(number, new Sent(ETags.plain(done.eTag()), crc, length));
    }

    @Override
    public ObjectInfo complete(PutCondition condition) throws StoreException {
        if (parts.isEmpty()) {
            throw new StoreException(Kind.INVALID, "cannot complete " + connection.where(name) + ": no part was sent");
        }
        List<CompletedPart> list = parts.entrySet().stream()
                .map(part -> CompletedPart.builder()
                        .partNumber(part.getKey())
                        .eTag(ETags.quoted(part.getValue().etag()))
                        .checksumCRC32C(part.getValue().crc())
                        .build())
                .toList();
        long size = parts.values().stream().mapToLong(Sent::bytes).sum();
        CompleteMultipartUploadRequest.Builder request = CompleteMultipartUploadRequest.builder()
                .bucket(connection.bucket())
                .key(name)
                .uploadId(id)
                .multipartUpload(m -> m.parts(list))
                .overrideConfiguration(connection.completing());
        switch (condition) {
            case PutCondition.Always _ -> {}
            case PutCondition.IfAbsent _ -> {
                if (connection.conditionalPut()) {
                    request.ifNoneMatch("*");
                }
            }
            case PutCondition.IfMatch match -> {
                S3Store.requireConditions(connection, name);
                request.ifMatch(ETags.quoted(match.etag()));
            }
        }
        CompleteMultipartUploadResponse done = S3Store.conditional(
                condition,
                name,
                () -> connection.call(
                        "complete the upload of", name, s3 -> s3.completeMultipartUpload(request.build())));
        return new ObjectInfo(
                key, size, ETags.plain(done.eTag()), S3Store.dateOf(done.sdkHttpResponse()), done.versionId());
    }

    @Override
    public void abort() throws StoreException {
        abort(connection, name, id);
    }

    /** Forgets an upload; one that is gone is fine. */
    static void abort(Connection connection, String name, String id) throws StoreException {
        try {
            connection.call(
                    "abort the upload of",
                    name,
                    s3 -> s3.abortMultipartUpload(r -> r.bucket(connection.bucket())
                            .key(name)
                            .uploadId(id)
                            .overrideConfiguration(connection.plain())));
        } catch (StoreException e) {
            boolean gone = e.kind() == Kind.NOT_FOUND && !Failures.isMissingBucket(e);
            if (!gone) {
                throw e;
            }
        }
    }
}
