package dev.leat.testing.s3;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Answers ListObjects and ListObjectsV2. */
final class Lister {
    private final Bucket bucket;
    private final Request request;
    private final boolean v2;
    private final boolean encoded;
    private final String prefix;
    private final String delimiter;
    private final int limit;
    private final StringBuilder contents = new StringBuilder();
    private final StringBuilder folds = new StringBuilder();

    Lister(Bucket bucket, Request request) {
        this.bucket = bucket;
        this.request = request;
        this.v2 = "2".equals(request.parameter("list-type"));
        this.encoded = "url".equals(request.parameter("encoding-type"));
        this.prefix = text("prefix");
        this.delimiter = text("delimiter");
        this.limit = request.has("max-keys") ? Integer.parseInt(text("max-keys")) : 1_000;
    }

    private String text(String parameter) {
        String value = request.parameter(parameter);
        return value == null ? "" : value;
    }

    private @Nullable String start() {
        if (!v2) {
            return request.parameter("marker");
        }
        String token = request.parameter("continuation-token");
        return token == null
                ? request.parameter("start-after")
                : new String(Base64.getDecoder().decode(token), StandardCharsets.UTF_8);
    }

    Reply reply() {
        String start = start();
        // a place inside a folded prefix that a page ended with skips all of it
        String skip = request.has("continuation-token") || !v2 ? start : null;
        String last = null;
        String lastFold = null;
        int count = 0;
        boolean truncated = false;
        for (Map.Entry<String, Bucket.Stored> entry : bucket.after(start)) {
            String key = entry.getKey();
            if (!key.startsWith(prefix)) {
                continue;
            }
            int cut = delimiter.isEmpty() ? -1 : key.indexOf(delimiter, prefix.length());
            String fold = cut < 0 ? null : key.substring(0, cut + delimiter.length());
            if (fold != null && (fold.equals(lastFold) || fold.equals(skip))) {
                continue;
            }
            if (count == limit) {
                truncated = true;
                break;
            }
            count++;
            if (fold == null) {
                object(key, entry.getValue());
                last = key;
            } else {
                folds.append("<CommonPrefixes>")
                        .append(Xml.key("Prefix", fold, encoded))
                        .append("</CommonPrefixes>");
                lastFold = fold;
                last = fold;
            }
        }
        return Reply.xml(200, document(count, truncated, last));
    }

    private void object(String key, Bucket.Stored stored) {
        contents.append("<Contents>")
                .append(Xml.key("Key", key, encoded))
                .append(Xml.element("ETag", "\"" + stored.etag() + "\""))
                .append(Xml.element("Size", String.valueOf(stored.bytes().length)))
                .append(Xml.element(
                        "LastModified",
                        Instant.ofEpochMilli(stored.modifiedEpochMs()).toString()))
                .append("</Contents>");
    }

    private String document(int count, boolean truncated, @Nullable String last) {
        StringBuilder text = new StringBuilder("<ListBucketResult>")
                .append(Xml.element("Name", request.bucket()))
                .append(Xml.key("Prefix", prefix, encoded))
                .append(Xml.element("MaxKeys", String.valueOf(limit)))
                .append(Xml.element("IsTruncated", String.valueOf(truncated)))
                .append(encoded ? "<EncodingType>url</EncodingType>" : "");
        if (v2) {
            text.append(Xml.element("KeyCount", String.valueOf(count)));
        }
        if (truncated && last != null) {
            if (v2) {
                text.append(Xml.element("NextContinuationToken", Handler.token(last)));
            } else if (!delimiter.isEmpty()) {
                text.append(Xml.key("NextMarker", last, encoded));
            }
        }
        return text.append(contents).append(folds).append("</ListBucketResult>").toString();
    }
}
