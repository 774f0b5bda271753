package dev.leat.cli.mount;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.leat.cli.metrics.Exposition;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves {@code /metrics} in Prometheus' text format, or OpenMetrics' for who asks for that. */
public final class MetricsServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(MetricsServer.class);

    private final Telemetry telemetry;
    private final HttpServer server;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

    /**
     * Serves until closed.
     *
     * @param address {@code HOST:PORT}, or {@code PORT} for the loopback alone; port 0 for one that is free
     */
    public MetricsServer(String address, Telemetry telemetry) {
        this.telemetry = telemetry;
        server = HttpAddress.listen("--metrics", "metrics", address);
        server.createContext("/metrics", this::answer);
        server.setExecutor(executor);
        server.start();
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
            Exposition.Page page;
            try {
                page = telemetry.exposition().page(accept == null ? "" : accept);
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
