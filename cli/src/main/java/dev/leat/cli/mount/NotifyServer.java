package dev.leat.cli.mount;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.leat.cli.output.Json;
import dev.leat.dataset.SourceUrl;
import dev.leat.dataset.tree.Tree;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes what buckets tell of changes, and has what is known of the changed objects be asked for again: an event is never believed, so that a
 * forged or late one costs a request and shows nothing that is not there.
 */
final class NotifyServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(NotifyServer.class);

    /** Events of S3 are at most 256 KiB. */
    private static final int BODY_BYTES_MAX = 1 << 20;

    private final byte @Nullable [] secret;
    private final DatasetParts parts;
    private final HttpServer server;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final LongAdder matched = new LongAdder();
    private final LongAdder unmatched = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private volatile @Nullable Instant last;

    /**
     * Serves until closed.
     *
     * @param secret what each request must carry; null for nothing
     */
    NotifyServer(String address, @Nullable String secret, DatasetParts parts) {
        this.secret = secret == null ? null : secret.getBytes(StandardCharsets.UTF_8);
        this.parts = parts;
        server = HttpAddress.listen("--notify", "notifications", address);
        server.createContext("/", this::answer);
        server.setExecutor(executor);
        server.start();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!exchange.getRequestMethod().equals("POST")) {
                exchange.getResponseHeaders().set("Allow", "POST");
                reply(exchange, 405, Map.of("error", "events are posted"));
                return;
            }
            if (!isAllowed(exchange)) {
                refused.increment();
                reply(exchange, 401, Map.of("error", "the secret is missing or another one"));
                return;
            }
            byte[] body;
            try (InputStream in = exchange.getRequestBody()) {
                body = in.readNBytes(BODY_BYTES_MAX + 1);
            }
            if (body.length > BODY_BYTES_MAX) {
                refused.increment();
                reply(exchange, 413, Map.of("error", "events are at most 1 MiB"));
                return;
            }
            try {
                List<BucketEvents.Event> events = BucketEvents.parse(new String(body, StandardCharsets.UTF_8));
                reply(exchange, 200, Map.of("events", events.size(), "matched", apply(events)));
            } catch (IOException e) {
                refused.increment();
                log.warn("an event was refused: {}", e.getMessage());
                reply(exchange, 400, Map.of("error", String.valueOf(e.getMessage())));
            }
        }
    }

    private boolean isAllowed(HttpExchange exchange) {
        byte[] wanted = secret;
        if (wanted == null) {
            return true;
        }
        String header = exchange.getRequestHeaders().getFirst("Authorization");
        String given = header == null ? "" : header.startsWith("Bearer ") ? header.substring(7) : header;
        return MessageDigest.isEqual(wanted, given.strip().getBytes(StandardCharsets.UTF_8));
    }

    private static void reply(HttpExchange exchange, int status, Map<String, ?> facts) throws IOException {
        byte[] body = (Json.line(facts) + "\n").getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    private int apply(List<BucketEvents.Event> events) {
        int found = 0;
        List<Tree.Name> names = new ArrayList<>();
        for (BucketEvents.Event event : events) {
            boolean any = false;
            for (SourceTable.Live live : parts.sources().live()) {
                if (live.spec().url() instanceof SourceUrl.Bucket bucket
                        && bucket.url().name().equals(event.bucket())
                        && event.key().startsWith(bucket.url().prefix())) {
                    String path = event.key().substring(bucket.url().prefix().length());
                    names.addAll(parts.tree().changed(live.branch(), path, event.removed()));
                    any = true;
                }
            }
            (any ? matched : unmatched).increment();
            found += any ? 1 : 0;
        }
        last = Instant.now();
        parts.sources().forget(names);
        return found;
    }

    /** Events by what became of them. */
    Map<String, Long> counts() {
        Map<String, Long> counts = new LinkedHashMap<>();
        counts.put("matched", matched.sum());
        counts.put("unmatched", unmatched.sum());
        counts.put("refused", refused.sum());
        return counts;
    }

    /** What {@code leat status} tells. */
    Map<String, @Nullable Object> facts() {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("notify", HttpAddress.url(server));
        facts.put("lastEvent", last == null ? null : String.valueOf(last));
        facts.put("events", counts());
        return facts;
    }

    @Override
    public void close() {
        server.stop(0);
        executor.close();
    }
}
