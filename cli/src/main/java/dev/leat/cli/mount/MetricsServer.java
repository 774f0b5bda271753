package dev.leat.cli.mount;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.leat.cli.CliException;
import dev.leat.cli.metrics.Exposition;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves {@code /metrics} in Prometheus' text format, or OpenMetrics' for who asks for that. */
public final class MetricsServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(MetricsServer.class);

    private static final int PORT_MAX = 65_535;

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
        InetSocketAddress parsed = parse(address);
        if (parsed.isUnresolved()) {
            throw CliException.failed("cannot serve metrics at " + address
                    + ": the host is not known; name one of this " + "machine's addresses with --metrics");
        }
        try {
            server = HttpServer.create(parsed, 0);
        } catch (IOException e) {
            throw CliException.failed("cannot serve metrics at " + address + ": " + e.getMessage()
                    + "; choose another address with --metrics, or port 0 for one that is free");
        }
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
        InetSocketAddress address = server.getAddress();
        InetAddress host = address.getAddress();
        String name = host.isAnyLocalAddress() ? "127.0.0.1" : host.getHostAddress();
        return "http://" + (name.contains(":") ? "[" + name + "]" : name) + ":" + address.getPort() + "/metrics";
    }

    private static InetSocketAddress parse(String address) {
        int colon = address.lastIndexOf(':');
        String host = colon <= 0 ? "127.0.0.1" : address.substring(0, colon).replaceAll("^\\[|\\]$", "");
        try {
            int port = Integer.parseInt(address.substring(colon + 1));
            if (port >= 0 && port <= PORT_MAX) {
                return new InetSocketAddress(host, port);
            }
        } catch (NumberFormatException e) {
            log.debug("no port in {}", address);
        }
        throw CliException.misused(
                "--metrics " + address + " is no address; write HOST:PORT or PORT, such as 127.0.0.1:9567");
    }

    @Override
    public void close() {
        server.stop(0);
        executor.close();
    }
}
