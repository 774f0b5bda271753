package dev.leat.cli.training;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Speaks for an S3 store with one bucket that is only read: enough for a mount that shows it. All bytes are zeros. */
final class StoreStandIn implements AutoCloseable {
    static final String BUCKET = "train";

    private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d+)");
    private static final byte[] ZEROS = new byte[64 << 10];

    private final SortedMap<String, Integer> sizes = new TreeMap<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpServer server;

    StoreStandIn() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    void put(String key, int sizeBytes) {
        sizes.put(key, sizeBytes);
    }

    String endpoint() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            String key = path.substring(Math.min(path.length(), BUCKET.length() + 2));
            Integer size = sizes.get(key);
            String query = exchange.getRequestURI().getRawQuery();
            if (key.isEmpty() && query != null && query.contains("list-type=2")) {
                list(exchange, parameter(query, "prefix"), parameter(query, "delimiter"));
            } else if (size == null) {
                exchange.sendResponseHeaders(404, -1);
            } else {
                send(exchange, size);
            }
        }
    }

    private static String parameter(String query, String name) {
        for (String word : query.split("&")) {
            if (word.startsWith(name + "=")) {
                return URLDecoder.decode(word.substring(name.length() + 1), StandardCharsets.UTF_8);
            }
        }
        return "";
    }

    private void list(HttpExchange exchange, String prefix, String delimiter) throws IOException {
        StringBuilder text = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult><Name>")
                .append(BUCKET)
                .append("</Name><IsTruncated>false</IsTruncated>");
        String folder = "";
        for (var object : sizes.tailMap(prefix).entrySet()) {
            String key = object.getKey();
            if (!key.startsWith(prefix)) {
                break;
            }
            int end = delimiter.isEmpty() ? -1 : key.indexOf(delimiter, prefix.length());
            if (end < 0) {
                text.append("<Contents><Key>")
                        .append(key)
                        .append("</Key><Size>")
                        .append(object.getValue());
                text.append(
                        "</Size><ETag>&quot;e&quot;</ETag><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>");
            } else if (!folder.equals(key.substring(0, end + 1))) {
                folder = key.substring(0, end + 1);
                text.append("<CommonPrefixes><Prefix>").append(folder).append("</Prefix></CommonPrefixes>");
            }
        }
        byte[] bytes = text.append("</ListBucketResult>").toString().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/xml");
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private static void send(HttpExchange exchange, int size) throws IOException {
        String asked = exchange.getRequestHeaders().getFirst("Range");
        Matcher range = RANGE.matcher(asked == null ? "" : asked);
        int first = 0;
        int last = size - 1;
        boolean part = range.matches();
        if (part) {
            first = Integer.parseInt(range.group(1));
            last = Math.min(last, Integer.parseInt(range.group(2)));
            exchange.getResponseHeaders().set("Content-Range", "bytes " + first + "-" + last + "/" + size);
        }
        exchange.getResponseHeaders().set("ETag", "\"e\"");
        exchange.getResponseHeaders().set("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT");
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(part ? 206 : 200, head ? -1 : last + 1 - first);
        if (!head) {
            OutputStream body = exchange.getResponseBody();
            for (int left = last + 1 - first; left > 0; left -= ZEROS.length) {
                body.write(ZEROS, 0, Math.min(left, ZEROS.length));
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
