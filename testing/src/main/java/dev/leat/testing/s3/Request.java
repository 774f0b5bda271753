package dev.leat.testing.s3;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1.1 request with its whole body.
 *
 * @param method verb
 * @param bucket bucket, empty for a request about none
 * @param key key, empty for a request about a bucket
 * @param query decoded parameters
 * @param headers by name in lower case; of equal names the last
 * @param body the body as the object it carries, without the framing of aws-chunked
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Request(
        String method, String bucket, String key, Map<String, String> query, Map<String, String> headers, byte[] body) {
    private static final int HEAD_BYTES_MAX = 64 << 10;

    /** Hosts {@code BUCKET.s3.test} name the bucket; every other host leaves it to the path. */
    static final String DOMAIN = ".s3.test";

    @Nullable
    String header(String name) {
        return headers.get(name);
    }

    @Nullable
    String parameter(String name) {
        return query.get(name);
    }

    boolean has(String parameter) {
        return query.containsKey(parameter);
    }

    boolean keepAlive() {
        return !"close".equalsIgnoreCase(headers.get("connection"));
    }

    Request withBody(byte[] other) {
        return new Request(method, bucket, key, query, headers, other);
    }

    /**
     * Reads the next request.
     *
     * @return null at the end of the connection; a request without a method for what is no HTTP
     */
    static @Nullable Request read(InputStream in) throws IOException {
        String line = line(in);
        if (line == null) {
            return null;
        }
        String[] words = line.split(" ");
        if (words.length != 3) {
            return new Request("", "", "", Map.of(), Map.of("connection", "close"), new byte[0]);
        }
        Map<String, String> headers = new TreeMap<>();
        while (true) {
            String header = line(in);
            if (header == null) {
                throw new EOFException("the head of the request is not complete");
            }
            if (header.isEmpty()) {
                break;
            }
            int colon = header.indexOf(':');
            if (colon > 0) {
                headers.put(
                        header.substring(0, colon).toLowerCase(Locale.ROOT),
                        header.substring(colon + 1).strip());
            }
        }
        byte[] body = in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
        if (body.length < Integer.parseInt(headers.getOrDefault("content-length", "0"))) {
            throw new EOFException("the body of the request is not complete");
        }
        if (headers.getOrDefault("x-amz-content-sha256", "").startsWith("STREAMING-")) {
            body = AwsChunked.decode(body, headers);
        }
        return of(words[0], words[1], headers, body);
    }

    private static Request of(String method, String target, Map<String, String> headers, byte[] body) {
        String path = target;
        if (path.startsWith("http://") || path.startsWith("https://")) {
            // as a proxy is asked
            int slash = path.indexOf('/', path.indexOf("//") + 2);
            path = slash < 0 ? "/" : path.substring(slash);
        }
        int mark = path.indexOf('?');
        String rawPath = mark < 0 ? path : path.substring(0, mark);
        String host = headers.getOrDefault("host", "").replaceAll(":\\d+$", "");
        String whole = decode(rawPath.substring(1), false);
        String bucket;
        String key;
        if (host.endsWith(DOMAIN)) {
            bucket = host.substring(0, host.length() - DOMAIN.length());
            key = whole;
        } else {
            int slash = whole.indexOf('/');
            bucket = slash < 0 ? whole : whole.substring(0, slash);
            key = slash < 0 ? "" : whole.substring(slash + 1);
        }
        return new Request(method, bucket, key, query(mark < 0 ? "" : path.substring(mark + 1)), headers, body);
    }

    private static Map<String, String> query(String raw) {
        Map<String, String> query = new TreeMap<>();
        for (String pair : raw.split("&")) {
            int equals = pair.indexOf('=');
            if (!pair.isEmpty()) {
                String name = equals < 0 ? pair : pair.substring(0, equals);
                String value = equals < 0 ? "" : pair.substring(equals + 1);
                query.put(decode(name, true), decode(value, true));
            }
        }
        return query;
    }

    private static String decode(String text, boolean plusIsSpace) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%' && i + 2 < text.length()) {
                bytes.write(Integer.parseInt(text, i + 1, i + 3, 16));
                i += 2;
            } else {
                bytes.write(c == '+' && plusIsSpace ? ' ' : c);
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static @Nullable String line(InputStream in) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
        while (true) {
            int c = in.read();
            if (c < 0) {
                return null;
            }
            if (c == '\n') {
                return bytes.toString(StandardCharsets.ISO_8859_1);
            }
            if (c != '\r') {
                bytes.write(c);
            }
            if (bytes.size() > HEAD_BYTES_MAX) {
                throw new IOException("a line of the request's head is longer than " + HEAD_BYTES_MAX + " bytes");
            }
        }
    }
}
