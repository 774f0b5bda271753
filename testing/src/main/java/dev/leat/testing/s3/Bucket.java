package dev.leat.testing.s3;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The objects and uploads of one bucket; one lock makes every change a single step. */
final class Bucket {
    /** S3's smallest part, except the last of an upload. */
    private static final int PART_MIN_BYTES = 5 << 20;

    private final TreeMap<String, Stored> objects = new TreeMap<>(Bucket::compareUtf8);
    private final TreeMap<String, Upload> uploads = new TreeMap<>();
    private long nextUpload = 1;

    /**
     * An object.
     *
     * @param bytes its bytes, never changed
     * @param etag ETag without quotes
     * @param crc32c checksum as S3 writes it, empty where none came with the object
     * @param modifiedEpochMs when it was written
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Stored(byte[] bytes, String etag, String crc32c, long modifiedEpochMs) {}

    /**
     * A part that was sent.
     *
     * @param bytes its bytes
     * @param etag ETag without quotes
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Part(byte[] bytes, String etag) {}

    /**
     * An upload under way.
     *
     * @param id its name
     * @param key the key it will become
     * @param parts by number
     */
    record Upload(String id, String key, TreeMap<Integer, Part> parts) {}

    /**
     * How a change ended.
     *
     * @param error error code of S3, or null
     * @param stored the object, where there is one
     */
    record Outcome(@Nullable String error, @Nullable Stored stored) {}

    private static int compareUtf8(String a, String b) {
        return Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
    }

    synchronized @Nullable Stored get(String key) {
        return objects.get(key);
    }

    synchronized List<String> keys() {
        return List.copyOf(objects.keySet());
    }

    /** Entries of the map behind a key, for listings. */
    synchronized List<Map.Entry<String, Stored>> after(@Nullable String key) {
        var tail = key == null ? objects : objects.tailMap(key, false);
        List<Map.Entry<String, Stored>> entries = new ArrayList<>(tail.size());
        tail.forEach((name, stored) -> entries.add(Map.entry(name, stored)));
        return entries;
    }

    synchronized Outcome put(
            String key, byte[] bytes, String crc32c, @Nullable String ifNoneMatch, @Nullable String ifMatch) {
        String error = refuse(key, ifNoneMatch, ifMatch);
        if (error != null) {
            return new Outcome(error, null);
        }
        String etag = HexFormat.of().formatHex(Digests.of("MD5", bytes));
        return new Outcome(null, store(key, bytes, etag, crc32c));
    }

    private @Nullable String refuse(String key, @Nullable String ifNoneMatch, @Nullable String ifMatch) {
        Stored now = objects.get(key);
        if (ifNoneMatch != null && now != null) {
            return "PreconditionFailed";
        }
        if (ifMatch != null) {
            if (now == null) {
                return "NoSuchKey";
            }
            return ifMatch.replace("\"", "").equals(now.etag()) ? null : "PreconditionFailed";
        }
        return null;
    }

    private Stored store(String key, byte[] bytes, String etag, String crc32c) {
        Stored stored = new Stored(bytes, etag, crc32c, System.currentTimeMillis());
        objects.put(key, stored);
        return stored;
    }

    synchronized void delete(String key) {
        objects.remove(key);
    }

    synchronized Upload begin(String key) {
        Upload upload = new Upload("upload-" + nextUpload++, key, new TreeMap<>());
        uploads.put(upload.id(), upload);
        return upload;
    }

    /** Keeps a part; returns its ETag, or null where the upload is gone. */
    synchronized @Nullable String part(String id, String key, int number, byte[] bytes) {
        Upload upload = uploads.get(id);
        if (upload == null || !upload.key().equals(key)) {
            return null;
        }
        String etag = HexFormat.of().formatHex(Digests.of("MD5", bytes));
        upload.parts().put(number, new Part(bytes, etag));
        return etag;
    }

    /** Makes an object of the parts that are named. */
    synchronized Outcome complete(
            String id,
            String key,
            List<Map<String, String>> named,
            @Nullable String ifNoneMatch,
            @Nullable String ifMatch) {
        Upload upload = uploads.get(id);
        if (upload == null || !upload.key().equals(key)) {
            return new Outcome("NoSuchUpload", null);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ByteArrayOutputStream digests = new ByteArrayOutputStream();
        int previous = 0;
        for (int i = 0; i < named.size(); i++) {
            int number = Integer.parseInt(named.get(i).getOrDefault("PartNumber", "0"));
            Part part = upload.parts().get(number);
            String etag = named.get(i).getOrDefault("ETag", "").replace("\"", "");
            if (part == null || !part.etag().equals(etag)) {
                return new Outcome("InvalidPart", null);
            }
            if (number <= previous) {
                return new Outcome("InvalidPartOrder", null);
            }
            if (part.bytes().length < PART_MIN_BYTES && i < named.size() - 1) {
                return new Outcome("EntityTooSmall", null);
            }
            previous = number;
            bytes.writeBytes(part.bytes());
            digests.writeBytes(HexFormat.of().parseHex(part.etag()));
        }
        if (named.isEmpty()) {
            return new Outcome("MalformedXML", null);
        }
        String error = refuse(key, ifNoneMatch, ifMatch);
        if (error != null) {
            return new Outcome(error, null);
        }
        uploads.remove(id);
        String etag = HexFormat.of().formatHex(Digests.of("MD5", digests.toByteArray())) + "-" + named.size();
        return new Outcome(null, store(key, bytes.toByteArray(), etag, ""));
    }

    synchronized boolean abort(String id) {
        return uploads.remove(id) != null;
    }

    /** The uploads under way, in order of their keys. */
    synchronized List<Upload> uploads() {
        List<Upload> list = new ArrayList<>(uploads.values());
        list.sort((a, b) -> compareUtf8(a.key(), b.key()));
        return list;
    }
}
