package dev.leat.testing.s3;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;

/** Carries out requests on the buckets, without faults. */
final class Handler {
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d*)");

    private final Map<String, Bucket> buckets = new ConcurrentHashMap<>();

    /** Which call a request is. */
    static S3Operation operation(Request r) {
        boolean object = !r.key().isEmpty();
        return switch (r.method()) {
            case "GET" ->
                object
                        ? S3Operation.GET_OBJECT
                        : r.has("uploads") ? S3Operation.LIST_UPLOADS : S3Operation.LIST_OBJECTS;
            case "HEAD" -> object ? S3Operation.HEAD_OBJECT : S3Operation.HEAD_BUCKET;
            case "PUT" ->
                !object
                        ? S3Operation.CREATE_BUCKET
                        : r.has("partNumber") ? S3Operation.UPLOAD_PART : S3Operation.PUT_OBJECT;
            case "DELETE" ->
                !object
                        ? S3Operation.UNKNOWN
                        : r.has("uploadId") ? S3Operation.ABORT_UPLOAD : S3Operation.DELETE_OBJECT;
            case "POST" -> {
                if (r.has("delete")) {
                    yield S3Operation.DELETE_OBJECTS;
                }
                if (r.has("uploads")) {
                    yield S3Operation.CREATE_UPLOAD;
                }
                yield r.has("uploadId") ? S3Operation.COMPLETE_UPLOAD : S3Operation.UNKNOWN;
            }
            default -> S3Operation.UNKNOWN;
        };
    }

    void createBucket(String name) {
        buckets.putIfAbsent(name, new Bucket());
    }

    @Nullable
    Bucket bucket(String name) {
        return buckets.get(name);
    }

    Reply handle(S3Operation operation, Request r) {
        if (r.method().isEmpty()) {
            return Reply.error(400, "BadRequest", "This is no HTTP request.");
        }
        if (operation == S3Operation.CREATE_BUCKET) {
            createBucket(r.bucket());
            return Reply.empty(200);
        }
        Bucket bucket = buckets.get(r.bucket());
        if (bucket == null) {
            return Reply.error(404, "NoSuchBucket", "The specified bucket does not exist");
        }
        if (r.body().length > 0 && !Digests.match(r)) {
            return Reply.error(400, "BadDigest", "The checksum does not match the body");
        }
        try {
            return switch (operation) {
                case GET_OBJECT, HEAD_OBJECT -> read(bucket, r);
                case PUT_OBJECT -> put(bucket, r);
                case DELETE_OBJECT -> {
                    bucket.delete(r.key());
                    yield Reply.empty(204);
                }
                case DELETE_OBJECTS -> deleteAll(bucket, r);
                case LIST_OBJECTS -> new Lister(bucket, r).reply();
                case CREATE_UPLOAD -> begin(bucket, r);
                case UPLOAD_PART -> part(bucket, r);
                case COMPLETE_UPLOAD -> complete(bucket, r);
                case ABORT_UPLOAD ->
                    bucket.abort(String.valueOf(r.parameter("uploadId")))
                            ? Reply.empty(204)
                            : Reply.error(404, "NoSuchUpload", "The upload does not exist");
                case LIST_UPLOADS -> uploads(bucket, r);
                case HEAD_BUCKET, CREATE_BUCKET -> Reply.empty(200);
                case UNKNOWN -> Reply.error(501, "NotImplemented", "This call is not known here");
            };
        } catch (XMLStreamException | NumberFormatException e) {
            return Reply.error(400, "MalformedXML", String.valueOf(e.getMessage()));
        }
    }

    private static Reply read(Bucket bucket, Request r) {
        Bucket.Stored stored = bucket.get(r.key());
        if (stored == null) {
            return Reply.error(404, "NoSuchKey", "The specified key does not exist.");
        }
        String ifMatch = r.header("if-match");
        if (ifMatch != null && !ifMatch.replace("\"", "").equals(stored.etag())) {
            return Reply.error(412, "PreconditionFailed", "The ETag is another one");
        }
        int size = stored.bytes().length;
        int begin = 0;
        int end = size;
        String range = r.header("range");
        if (range != null && range.startsWith("bytes=-")) {
            begin = (int) Math.max(0, size - Long.parseLong(range.substring("bytes=-".length())));
        } else if (range != null) {
            Matcher matcher = RANGE.matcher(range);
            if (!matcher.matches() || Long.parseLong(matcher.group(1)) >= size) {
                return Reply.error(416, "InvalidRange", "The requested range is not satisfiable");
            }
            begin = Integer.parseInt(matcher.group(1));
            end = matcher.group(2).isEmpty() ? size : (int) Math.min(size, Long.parseLong(matcher.group(2)) + 1);
        }
        Reply reply =
                new Reply(range == null ? 200 : 206, Reply.empty(0).headers(), stored.bytes(), begin, end - begin);
        reply.with("ETag", "\"" + stored.etag() + "\"")
                .with("Last-Modified", httpDate(stored.modifiedEpochMs()))
                .with("Accept-Ranges", "bytes")
                .with("Content-Type", "application/octet-stream");
        if (range != null) {
            reply.with("Content-Range", "bytes " + begin + "-" + (end - 1) + "/" + size);
        }
        boolean whole = begin == 0 && end == size;
        if (whole
                && "ENABLED".equals(r.header("x-amz-checksum-mode"))
                && !stored.crc32c().isEmpty()) {
            reply.with("x-amz-checksum-crc32c", stored.crc32c()).with("x-amz-checksum-type", "FULL_OBJECT");
        }
        return reply;
    }

    static String httpDate(long epochMs) {
        return DateTimeFormatter.RFC_1123_DATE_TIME.format(
                ZonedDateTime.ofInstant(Instant.ofEpochMilli(epochMs), ZoneOffset.UTC));
    }

    private static Reply put(Bucket bucket, Request r) {
        String crc = r.header("x-amz-checksum-crc32c");
        Bucket.Outcome outcome =
                bucket.put(r.key(), r.body(), crc == null ? "" : crc, r.header("if-none-match"), r.header("if-match"));
        if (outcome.stored() == null) {
            return refusal(outcome.error());
        }
        Reply reply = Reply.empty(200).with("ETag", "\"" + outcome.stored().etag() + "\"");
        return crc == null ? reply : reply.with("x-amz-checksum-crc32c", crc);
    }

    private static Reply refusal(@Nullable String code) {
        int status =
                switch (String.valueOf(code)) {
                    case "NoSuchKey", "NoSuchUpload" -> 404;
                    case "PreconditionFailed" -> 412;
                    default -> 400;
                };
        return Reply.error(status, String.valueOf(code), "refused");
    }

    private static Reply deleteAll(Bucket bucket, Request r) throws XMLStreamException {
        List<Map<String, String>> named = Xml.records(r.body(), "Object");
        if (named.size() > 1_000) {
            return Reply.error(400, "MalformedXML", "more than 1000 keys");
        }
        named.forEach(object -> bucket.delete(object.getOrDefault("Key", "")));
        return Reply.xml(200, "<DeleteResult></DeleteResult>");
    }

    private static Reply begin(Bucket bucket, Request r) {
        Bucket.Upload upload = bucket.begin(r.key());
        return Reply.xml(
                200,
                "<InitiateMultipartUploadResult>" + Xml.element("Bucket", r.bucket()) + Xml.element("Key", r.key())
                        + Xml.element("UploadId", upload.id()) + "</InitiateMultipartUploadResult>");
    }

    private static Reply part(Bucket bucket, Request r) {
        int number = Integer.parseInt(String.valueOf(r.parameter("partNumber")));
        String etag = bucket.part(String.valueOf(r.parameter("uploadId")), r.key(), number, r.body());
        if (etag == null) {
            return refusal("NoSuchUpload");
        }
        Reply reply = Reply.empty(200).with("ETag", "\"" + etag + "\"");
        String crc = r.header("x-amz-checksum-crc32c");
        return crc == null ? reply : reply.with("x-amz-checksum-crc32c", crc);
    }

    private static Reply complete(Bucket bucket, Request r) throws XMLStreamException {
        Bucket.Outcome outcome = bucket.complete(
                String.valueOf(r.parameter("uploadId")),
                r.key(),
                Xml.records(r.body(), "Part"),
                r.header("if-none-match"),
                r.header("if-match"));
        if (outcome.stored() == null) {
            return refusal(outcome.error());
        }
        return Reply.xml(
                200,
                "<CompleteMultipartUploadResult>" + Xml.element("Bucket", r.bucket()) + Xml.element("Key", r.key())
                        + Xml.element("ETag", "\"" + outcome.stored().etag() + "\"")
                        + "</CompleteMultipartUploadResult>");
    }

    private static Reply uploads(Bucket bucket, Request r) {
        String prefix = r.has("prefix") ? String.valueOf(r.parameter("prefix")) : "";
        boolean encoded = "url".equals(r.parameter("encoding-type"));
        StringBuilder text = new StringBuilder("<ListMultipartUploadsResult>")
                .append(Xml.element("Bucket", r.bucket()))
                .append(encoded ? "<EncodingType>url</EncodingType>" : "")
                .append("<IsTruncated>false</IsTruncated>");
        for (Bucket.Upload upload : bucket.uploads()) {
            if (upload.key().startsWith(prefix)) {
                text.append("<Upload>")
                        .append(Xml.key("Key", upload.key(), encoded))
                        .append(Xml.element("UploadId", upload.id()))
                        .append("<Initiated>2026-01-01T00:00:00.000Z</Initiated></Upload>");
            }
        }
        return Reply.xml(200, text.append("</ListMultipartUploadsResult>").toString());
    }

    /** Bytes of a token; here only so that tokens look like tokens. */
    static String token(String key) {
        return Digests.base64(key.getBytes(StandardCharsets.UTF_8));
    }
}
