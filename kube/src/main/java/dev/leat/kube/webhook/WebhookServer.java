package dev.leat.kube.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.zjsonpatch.JsonDiff;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.function.BiFunction;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the API server's questions about new pods. It never refuses one: what it does not understand, or fails at, it lets pass
 * as it is.
 */
final class WebhookServer implements AutoCloseable {
    /** Fluid's path, and the one that the chart registers. */
    static final String PATH = "/mutate-fluid-io-v1alpha1-schedulepod";

    /** An object in etcd has at most 1.5 MiB; a review holds it twice at most. */
    private static final int REVIEW_BYTES_MAX = 8 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(WebhookServer.class);

    private final ObjectMapper mapper = new ObjectMapper();
    private final HttpServer server;
    private final BiFunction<String, List<String>, List<PodMutator.Used>> catalog;

    WebhookServer(
            InetSocketAddress address,
            @Nullable SSLContext tls,
            BiFunction<String, List<String>, List<PodMutator.Used>> catalog)
            throws IOException {
        this.catalog = catalog;
        if (tls == null) {
            server = HttpServer.create(address, 0);
        } else {
            HttpsServer secure = HttpsServer.create(address, 0);
            secure.setHttpsConfigurator(new HttpsConfigurator(tls));
            server = secure;
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext(PATH, this::review);
        server.createContext("/healthz", exchange -> answer(exchange, 200, new byte[0]));
        server.createContext("/readyz", exchange -> answer(exchange, 200, new byte[0]));
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    private void review(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readNBytes(REVIEW_BYTES_MAX + 1);
        if (body.length > REVIEW_BYTES_MAX) {
            answer(exchange, 413, new byte[0]);
            return;
        }
        JsonNode review;
        try {
            review = mapper.readTree(body);
        } catch (IOException e) {
            LOG.debug("a review that is none", e);
            answer(exchange, 400, new byte[0]);
            return;
        }
        answer(exchange, 200, mapper.writeValueAsBytes(respond(review)));
    }

    private ObjectNode respond(JsonNode review) {
        ObjectNode answer = mapper.createObjectNode();
        answer.put("apiVersion", review.path("apiVersion").asText("admission.k8s.io/v1"));
        answer.put("kind", "AdmissionReview");
        ObjectNode response = answer.putObject("response");
        JsonNode request = review.path("request");
        response.put("uid", request.path("uid").asText());
        response.put("allowed", true);
        JsonNode patch = patch(request);
        if (patch != null && !patch.isEmpty()) {
            response.put("patchType", "JSONPatch");
            response.put(
                    "patch", Base64.getEncoder().encodeToString(patch.toString().getBytes(StandardCharsets.UTF_8)));
        }
        return answer;
    }

    private @Nullable JsonNode patch(JsonNode request) {
        try {
            JsonNode object = request.path("object");
            Pod pod = mapper.treeToValue(object, Pod.class);
            String namespace = request.path("namespace").asText();
            Pod changed = PodMutator.mutate(pod, catalog.apply(namespace, PodMutator.claims(pod)));
            // Both sides go through the same classes, so that the patch holds nothing but the change.
            return changed.equals(pod) ? null : JsonDiff.asJson(mapper.valueToTree(pod), mapper.valueToTree(changed));
        } catch (IOException | IllegalArgumentException | IllegalStateException e) {
            LOG.warn("a pod passes as it is: {}", e.getMessage());
            return null;
        }
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            if (body.length > 0) {
                exchange.getResponseBody().write(body);
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
