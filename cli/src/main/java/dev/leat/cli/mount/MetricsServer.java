package dev.leat.cli.mount;

import com.sun.net.httpserver.HttpServer;
import dev.leat.cli.CliException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/** Serves {@code /metrics} in Prometheus' text format. */
final class MetricsServer implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

    /**
     * Serves until closed.
     *
     * @param address {@code HOST:PORT}; without a host, the loopback alone
     */
    MetricsServer(String address, Supplier<String> text) throws IOException {
        try {
            server = HttpServer.create(parse(address), 0);
        } catch (IOException e) {
            throw CliException.failed("cannot serve metrics at " + address + ": " + e.getMessage()
                    + "; choose another address with --metrics");
        }
        server.createContext("/metrics", exchange -> {
            byte[] body = text.get().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
            exchange.sendResponseHeaders(200, body.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        });
        server.setExecutor(executor);
        server.start();
    }

    private static InetSocketAddress parse(String address) {
        int colon = address.lastIndexOf(':');
        String host = colon <= 0 ? "127.0.0.1" : address.substring(0, colon).replaceAll("^\\[|\\]$", "");
        try {
            int port = Integer.parseInt(address.substring(colon + 1));
            return new InetSocketAddress(host, port);
        } catch (IllegalArgumentException e) {
            throw CliException.misused(
                    "--metrics " + address + " is no address; write HOST:PORT, such as 127.0.0.1:9567");
        }
    }

    @Override
    public void close() {
        server.stop(0);
        executor.close();
    }
}
