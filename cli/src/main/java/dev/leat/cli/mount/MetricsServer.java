package dev.leat.cli.mount;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.leat.cli.metrics.Exposition;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves {@code /metrics} in Prometheus' text format, or OpenMetrics' for who asks for that; and for who starts and ends daemons {@code
 * /alive}, which answers as long as the process can, and {@code /ready}, which answers 503 with the reason while a read would not work.
 */
public final class MetricsServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(MetricsServer.class);

    private final HttpServer server;
    private volatile Supplier<@Nullable String> problem = () -> "it is starting";
    private volatile @Nullable Telemetry telemetry;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

    /**
     * Serves until closed.
     *
     * @param address {@code HOST:PORT}, or {@code PORT} for the loopback alone; port 0 for one that is free
     */
    public MetricsServer(String address, Telemetry telemetry) {
        this(address);
        serve(telemetry, () -> null);
    }

    /** Answers that it is starting, until {@link #serve}. */
    public MetricsServer(String address) {
        server = HttpAddress.listen("--metrics", "metrics", address);
        server.createContext("/metrics", this::answer);
        server.createContext("/alive", exchange -> say(exchange, null));
        server.createContext("/ready", exchange -> say(exchange, problem.get()));
        server.setExecutor(executor);
        server.start();
    }

    /**
     * Has everything to tell from now on.
     *
     * @param whyNotReady why a read would not work now; null if it would
     */
    public void serve(Telemetry metrics, Supplier<@Nullable String> whyNotReady) {
        telemetry = metrics;
        problem = whyNotReady;
    }

    /** Why a read does not work yet. */
    public void starting(String why) {
        problem = () -> why;
    }

    private static void say(HttpExchange exchange, @Nullable String problem) throws IOException {
        try (exchange) {
            byte[] body = ((problem == null ? "ok" : problem) + "\n").getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
            exchange.sendResponseHeaders(problem == null ? 200 : 503, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String method = exchange.getRequestMethod();
            if (!method.equals("GET") && !method.equals("HEAD")) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                exchange.sendResponseHeaders(405, -1);
                return;
            }
            @Nullable String accept = exchange.getRequestHeaders().getFirst("Accept");
            Telemetry metrics = telemetry;
            if (metrics == null) {
                exchange.sendResponseHeaders(503, -1);
                return;
            }
            Exposition.Page page;
            try {
                page = metrics.exposition().page(accept == null ? "" : accept);
            } catch (RuntimeException e) {
                log.error("the metrics could not be gathered; the next request tries again", e);
                exchange.sendResponseHeaders(500, -1);
                return;
            }
            byte[] body = page.text().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", page.contentType());
            if (method.equals("HEAD")) {
                exchange.sendResponseHeaders(200, -1);
                return;
            }
            exchange.sendResponseHeaders(200, body.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        }
    }

    /** Where it can be read. */
    public String url() {
        return HttpAddress.url(server) + "metrics";
    }

    @Override
    public void close() {
        server.stop(0);
        executor.close();
    }
}
