package dev.leat.kube.operator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.leat.kube.report.DaemonReport;
import dev.leat.kube.report.WorkerSecret;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the reports of daemons over HTTP: {@code POST} {@link DaemonReport#PATH} with the token of the pod's service account.
 * Answers 204 when a report was taken, 400 when it is none, 401 when the token says nothing, 403 when it is of another pod or of
 * what the pod was not made for, and
 * 503 while another replica of the operator leads.
 *
 * <p>Gives pods the secret of the workers of a dataset in their namespace: {@code GET} {@link WorkerSecret#PATH}, with the same
 * token. Every replica does, whichever leads. Whoever may make pods in a namespace may read its datasets anyway, by their claims.
 */
final class ReportServer implements AutoCloseable {
    /** A report is some hundred bytes; one with failures some thousand. */
    private static final int REPORT_BYTES_MAX = 64 << 10;

    private static final Logger LOG = LoggerFactory.getLogger(ReportServer.class);
    private static final String BEARER = "Bearer ";

    /** A daemon may be newer than the operator, and say more. */
    private final ObjectMapper mapper = new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private final HttpServer server;
    private final Callers callers;
    private final ReportBook book;
    private final BooleanSupplier leading;
    private final WorkerKey key;

    /** Listens; without a TLS context in the clear, for tests. */
    ReportServer(
            InetSocketAddress address,
            @Nullable SSLContext tls,
            Callers callers,
            ReportBook book,
            BooleanSupplier leading,
            WorkerKey key)
            throws IOException {
        this.callers = callers;
        this.book = book;
        this.leading = leading;
        this.key = key;
        if (tls == null) {
            server = HttpServer.create(address, 0);
        } else {
            HttpsServer secure = HttpsServer.create(address, 0);
            secure.setHttpsConfigurator(new HttpsConfigurator(tls));
            server = secure;
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext(DaemonReport.PATH, exchange -> answer(exchange, report(exchange)));
        server.createContext(WorkerSecret.PATH, this::secret);
        server.createContext("/healthz", exchange -> answer(exchange, 200));
        server.createContext("/readyz", exchange -> answer(exchange, 200));
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    private int report(HttpExchange exchange) throws IOException {
        if (!"POST".equals(exchange.getRequestMethod())) {
            return 405;
        }
        byte[] body = exchange.getRequestBody().readNBytes(REPORT_BYTES_MAX + 1);
        if (body.length > REPORT_BYTES_MAX) {
            return 413;
        }
        if (!leading.getAsBoolean()) {
            return 503;
        }
        try {
            Optional<Callers.Caller> caller = caller(exchange);
            if (caller.isEmpty()) {
                return 401;
            }
            DaemonReport report = mapper.readValue(new String(body, StandardCharsets.UTF_8), DaemonReport.class);
            DaemonReport.Daemon from = report.from();
            if (from == null || from.dataset() == null || from.pod() == null || from.component() == null) {
                return 400;
            }
            if (!caller.get().mayTell(report)) {
                return 403;
            }
            book.take(caller.get().namespace(), report);
            return 204;
        } catch (JsonProcessingException e) {
            LOG.debug("a report that is none", e);
            return 400;
        } catch (KubernetesClientException e) {
            LOG.warn("the API server did not say whose a token is: {}", e.getMessage());
            return 503;
        }
    }

    private Optional<Callers.Caller> caller(HttpExchange exchange) {
        String header = exchange.getRequestHeaders().getFirst("Authorization");
        return header == null || !header.startsWith(BEARER)
                ? Optional.empty()
                : callers.of(header.substring(BEARER.length()).strip());
    }

    private void secret(HttpExchange exchange) throws IOException {
        String query = exchange.getRequestURI().getQuery();
        String asked = WorkerSecret.DATASET + "=";
        if (!"GET".equals(exchange.getRequestMethod()) || query == null || !query.startsWith(asked)) {
            answer(exchange, 400);
            return;
        }
        Optional<Callers.Caller> caller;
        try {
            caller = caller(exchange);
        } catch (KubernetesClientException e) {
            LOG.warn("the API server did not say whose a token is: {}", e.getMessage());
            answer(exchange, 503);
            return;
        }
        if (caller.isEmpty()) {
            answer(exchange, 401);
            return;
        }
        try (exchange) {
            byte[] text = key.secret(caller.get().namespace(), query.substring(asked.length()))
                    .getBytes(StandardCharsets.US_ASCII);
            exchange.getResponseHeaders().set("Content-Type", "text/plain");
            exchange.getResponseHeaders().set("Cache-Control", "no-store");
            exchange.sendResponseHeaders(200, text.length);
            exchange.getResponseBody().write(text);
        }
    }

    private static void answer(HttpExchange exchange, int status) throws IOException {
        try (exchange) {
            exchange.sendResponseHeaders(status, -1);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
