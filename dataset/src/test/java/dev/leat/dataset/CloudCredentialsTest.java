package dev.leat.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.leat.dataset.azure.AzureSource;
import dev.leat.dataset.gcs.GcsSource;
import dev.leat.dataset.source.Source;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import dev.leat.store.StoreOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How requests to clouds come by their credentials: at a server that gives tokens and takes note of what it is shown. */
class CloudCredentialsTest {
    private static final String LISTING = "{\"items\":[{\"name\":\"f\",\"size\":\"1\",\"generation\":\"7\"}]}";
    private static final String BLOBS =
            "<?xml version=\"1.0\"?><EnumerationResults><Blobs><Blob><Name>f</Name><Properties>"
                    + "<Etag>0x1</Etag><Content-Length>1</Content-Length></Properties></Blob></Blobs><NextMarker/></EnumerationResults>";

    @TempDir
    private @Nullable Path folder;

    private @Nullable HttpServer server;
    private final List<Map<String, String>> forms = Collections.synchronizedList(new ArrayList<>());
    private final List<String> shown = Collections.synchronizedList(new ArrayList<>());
    private volatile String good = "Bearer token-1";
    private final AtomicInteger tokens = new AtomicInteger();
    private volatile int tokenStatus = 200;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/token", this::token);
        server.createContext("/tenant/oauth2/v2.0/token", this::token);
        server.createContext("/storage/v1/", exchange -> storage(exchange, LISTING));
        server.createContext("/container", exchange -> storage(exchange, BLOBS));
        server.start();
    }

    @AfterEach
    void stop() {
        Objects.requireNonNull(server).stop(0);
    }

    private void token(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String query = body.isEmpty() ? String.valueOf(exchange.getRequestURI().getRawQuery()) : body;
        Map<String, String> form = new HashMap<>();
        for (String field : query.split("&")) {
            int equals = field.indexOf('=');
            form.put(
                    field.substring(0, equals), URLDecoder.decode(field.substring(equals + 1), StandardCharsets.UTF_8));
        }
        String identity = exchange.getRequestHeaders().getFirst("X-IDENTITY-HEADER");
        if (identity != null) {
            form.put("identity", identity);
        }
        forms.add(form);
        int number = tokens.incrementAndGet();
        answer(
                exchange,
                tokenStatus,
                tokenStatus == 200
                        ? "{\"access_token\":\"token-" + number + "\",\"expires_in\":3600}"
                        : "{\"error\":\"invalid_grant\",\"error_description\":\"no such account\"}");
    }

    private void storage(HttpExchange exchange, String listing) throws IOException {
        String authorization = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
        shown.add(authorization);
        answer(exchange, authorization.equals(good) ? 200 : 401, listing);
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private URI address(String path) {
        return URI.create("http://127.0.0.1:"
                + Objects.requireNonNull(server).getAddress().getPort() + path);
    }

    private Source google(Map<String, String> environment) throws StoreException {
        Map<String, String> all = new HashMap<>(Map.of("HOME", "/nonexistent", "NO_GCE_CHECK", "true"));
        all.putAll(environment);
        StoreOptions options = StoreOptions.DEFAULT.withS3(address(""), s3 -> s3);
        return new GcsSource("bucket", "", options, all, "leat-test", null);
    }

    private Source azure(Map<String, String> environment) throws StoreException {
        StoreOptions options = StoreOptions.DEFAULT
                .withS3(address(""), s3 -> s3)
                .withCloud(new StoreOptions.Cloud("account", false, false));
        return new AzureSource(null, null, "container", "", options, environment, "leat-test", null);
    }

    private static int names(Source source) throws StoreException {
        int[] names = new int[1];
        source.list("", _ -> ++names[0] > 0);
        return names[0];
    }

    private String file(String text) throws IOException {
        Path file = Objects.requireNonNull(folder).resolve("credentials.json");
        Files.writeString(file, text);
        return file.toString();
    }

    private String serviceAccount(KeyPair keys) throws IOException {
        String pem = "-----BEGIN PRIVATE KEY-----\\n"
                + Base64.getEncoder().encodeToString(keys.getPrivate().getEncoded())
                + "\\n-----END PRIVATE KEY-----\\n";
        return file("{\"type\":\"service_account\",\"client_email\":\"me@example.org\",\"private_key_id\":\"k1\","
                + "\"private_key\":\"" + pem + "\",\"token_uri\":\"" + address("/token") + "\"}");
    }

    private static KeyPair keys() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        return generator.generateKeyPair();
    }

    @Test
    void aServiceAccountSignsForItsToken() throws Exception {
        KeyPair keys = keys();
        try (Source source = google(Map.of("GOOGLE_APPLICATION_CREDENTIALS", serviceAccount(keys)))) {
            assertThat(names(source)).isOne();
            assertThat(names(source)).isOne();
        }
        assertThat(forms).hasSize(1);
        String[] assertion =
                Objects.requireNonNull(forms.getFirst().get("assertion")).split("\\.");
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initVerify(keys.getPublic());
        signature.update((assertion[0] + "." + assertion[1]).getBytes(StandardCharsets.US_ASCII));
        assertThat(signature.verify(Base64.getUrlDecoder().decode(assertion[2])))
                .isTrue();
        assertThat(new String(Base64.getUrlDecoder().decode(assertion[1]), StandardCharsets.UTF_8))
                .contains("\"iss\":\"me@example.org\"", "devstorage.read_only", "\"aud\":\"" + address("/token"));
    }

    @Test
    void aRefusedTokenIsReplacedOnce() throws Exception {
        try (Source source = google(Map.of("GOOGLE_APPLICATION_CREDENTIALS", serviceAccount(keys())))) {
            assertThat(names(source)).isOne();
            good = "Bearer token-2";
            assertThat(names(source)).isOne();
            assertThat(tokens.get()).isEqualTo(2);
            good = "Bearer of somebody else";
            assertThatThrownBy(() -> names(source))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.DENIED))
                    .hasMessageContaining("me@example.org")
                    .hasMessageNotContaining("token-");
            assertThat(tokens.get()).isEqualTo(3);
        }
    }

    @Test
    void aUserAndAnIdentityOfSomebodyElse() throws Exception {
        String user = file("{\"type\":\"authorized_user\",\"client_id\":\"c\",\"client_secret\":\"s\","
                + "\"refresh_token\":\"r\",\"token_uri\":\"" + address("/token") + "\"}");
        try (Source source = google(Map.of("GOOGLE_APPLICATION_CREDENTIALS", user))) {
            assertThat(names(source)).isOne();
        }
        assertThat(forms.getLast()).containsEntry("grant_type", "refresh_token").containsEntry("refresh_token", "r");
        good = "Bearer token-2";
        Path subject = Objects.requireNonNull(folder).resolve("subject");
        Files.writeString(subject, "{\"id\":\"of-kubernetes\"}");
        String external = file("{\"type\":\"external_account\",\"audience\":\"a\",\"subject_token_type\":\"jwt\","
                + "\"token_url\":\"" + address("/token") + "\",\"credential_source\":{\"file\":\"" + subject
                + "\",\"format\":{\"type\":\"json\",\"subject_token_field_name\":\"id\"}}}");
        try (Source source = google(Map.of("GOOGLE_APPLICATION_CREDENTIALS", external))) {
            assertThat(names(source)).isOne();
        }
        assertThat(forms.getLast())
                .containsEntry("subject_token", "of-kubernetes")
                .containsEntry("audience", "a");
    }

    @Test
    void whatIsWrongWithGooglesIsSaidInOneLine() throws Exception {
        tokenStatus = 400;
        try (Source source = google(Map.of("GOOGLE_APPLICATION_CREDENTIALS", serviceAccount(keys())))) {
            assertThatThrownBy(() -> names(source))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.DENIED))
                    .hasMessageContaining("no such account")
                    .hasMessageNotContaining("\n");
        }
        for (Map.Entry<String, String> wrong : Map.of(
                        "/nonexistent/key.json",
                        "there is no credentials file",
                        file("{\"type\":\"service_account\",\"private_key\":\"secret\"}"),
                        "private key")
                .entrySet()) {
            try (Source source = google(Map.of("GOOGLE_APPLICATION_CREDENTIALS", wrong.getKey()))) {
                assertThatThrownBy(() -> names(source))
                        .hasMessageContaining(wrong.getValue())
                        .hasMessageNotContaining("secret");
            }
        }
        try (Source source = google(Map.of())) {
            assertThatThrownBy(() -> names(source)).hasMessageContaining("none were found");
            assertThat(shown.getLast()).isEqualTo("null");
        }
    }

    @Test
    void aClientOfEntra() throws Exception {
        Map<String, String> environment = Map.of(
                "AZURE_AUTHORITY_HOST", address("/").toString(),
                "AZURE_TENANT_ID", "tenant",
                "AZURE_CLIENT_ID", "me",
                "AZURE_CLIENT_SECRET", "se+cret");
        try (Source source = azure(environment)) {
            assertThat(names(source)).isOne();
            good = "Bearer token-2";
            assertThat(names(source)).as("after a token was refused").isOne();
            assertThat(tokens.get()).isEqualTo(2);
        }
        assertThat(forms.getLast())
                .containsEntry("client_secret", "se+cret")
                .containsEntry("scope", "https://storage.azure.com/.default");
        tokenStatus = 401;
        try (Source source = azure(environment)) {
            assertThatThrownBy(() -> names(source))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.DENIED))
                    .hasMessageContaining("the client me")
                    .hasMessageNotContaining("se+cret");
        }
    }

    @Test
    void identitiesOfWorkloadAndMachine() throws Exception {
        Path token = Objects.requireNonNull(folder).resolve("token");
        Files.writeString(token, "of-kubernetes\n");
        try (Source source = azure(Map.of(
                "AZURE_AUTHORITY_HOST",
                address("/").toString(),
                "AZURE_TENANT_ID",
                "tenant",
                "AZURE_CLIENT_ID",
                "me",
                "AZURE_FEDERATED_TOKEN_FILE",
                token.toString()))) {
            assertThat(names(source)).isOne();
        }
        assertThat(forms.getLast()).containsEntry("client_assertion", "of-kubernetes");
        good = "Bearer token-2";
        try (Source source = azure(Map.of("IDENTITY_ENDPOINT", address("/token").toString(), "IDENTITY_HEADER", "h"))) {
            assertThat(names(source)).isOne();
        }
        assertThat(forms.getLast())
                .containsEntry("resource", "https://storage.azure.com/")
                .containsEntry("identity", "h");
    }
}
