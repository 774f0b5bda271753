package dev.leat.cli.mount;

import dev.leat.cli.output.Json;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What buckets tell of changes, in the forms that it comes in: a list of records as S3, MinIO and Ceph post it, the same as text inside a message
 * of SNS, and the events of EventBridge.
 */
final class BucketEvents {
    private BucketEvents() {}

    /**
     * One object that changed.
     *
     * @param bucket where
     * @param key its key
     * @param removed whether it is gone
     */
    record Event(String bucket, String key, boolean removed) {}

    /**
     * Reads what was posted; what tells of no object is left out.
     *
     * @throws IOException with one line if it is none of these forms
     */
    static List<Event> parse(String text) throws IOException {
        Object root;
        try {
            root = Json.read(text);
        } catch (IOException e) {
            throw new IOException("the body is no JSON", e);
        }
        List<Event> events = new ArrayList<>();
        if (root instanceof Map<?, ?> map && map.get("Records") instanceof List<?> records) {
            for (Object one : records) {
                object(one, events);
            }
        } else if (root instanceof Map<?, ?> map && map.get("Message") instanceof String message) {
            return "Notification".equals(map.get("Type")) ? parse(message) : events;
        } else if (root instanceof Map<?, ?> map && map.get("detail") instanceof Map<?, ?> detail) {
            String type = String.valueOf(map.get("detail-type"));
            String key = text(detail, "object", "key");
            String bucket = text(detail, "bucket", "name");
            if (type.startsWith("Object ") && bucket != null && key != null) {
                events.add(new Event(bucket, key, type.equals("Object Deleted")));
            }
        } else if (!(root instanceof Map<?, ?> map) || map.get("Event") == null) {
            throw new IOException("the body is no event of a bucket: it has no Records, Message or detail");
        }
        return events;
    }

    private static void object(Object one, List<Event> to) throws IOException {
        if (!(one instanceof Map<?, ?> record) || !(record.get("s3") instanceof Map<?, ?> s3)) {
            return;
        }
        String bucket = text(s3, "bucket", "name");
        String key = text(s3, "object", "key");
        if (bucket == null || key == null) {
            throw new IOException("a record names no bucket or no object");
        }
        try {
            String decoded = URLDecoder.decode(key, StandardCharsets.UTF_8);
            to.add(new Event(
                    bucket, decoded, String.valueOf(record.get("eventName")).contains("ObjectRemoved")));
        } catch (IllegalArgumentException e) {
            throw new IOException("the key of a record is not encoded as a URL", e);
        }
    }

    private static @Nullable String text(Map<?, ?> in, String outer, String inner) {
        return in.get(outer) instanceof Map<?, ?> map && map.get(inner) instanceof String text ? text : null;
    }
}
