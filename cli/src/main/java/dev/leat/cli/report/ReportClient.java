package dev.leat.cli.report;

import dev.leat.kube.report.DaemonReport;
import dev.leat.kube.report.WorkerSecret;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * Talks to the operator by HTTP, with the token by which the pod proves who it is. Token and authority are files that change under us: the
 * token is read for each request, the authority whenever one failed.
 */
final class ReportClient implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofSeconds(10);

    private static final int SECRET_BYTES_MAX = 4096;

    private final String operator;
    private final URI address;
    private final @Nullable Path token;
    private final @Nullable Path authority;
    private @Nullable HttpClient client;

    /**
     * Sends to an operator.
     *
     * @param url such as {@code https://leat-operator.leat-system.svc:9443}
     * @param token file with the token, or null for none
     * @param authority PEM file of who signed the operator's certificate, or null for those that Java trusts
     */
    ReportClient(String url, @Nullable Path token, @Nullable Path authority) {
        this.operator = url.replaceAll("/+$", "");
        this.address = URI.create(operator + DaemonReport.PATH);
        this.token = token;
        this.authority = authority;
    }

    /**
     * Sends one.
     *
     * @throws IOException in one line when the operator did not take it
     */
    void send(DaemonReport report) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(address)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(ReportText.of(report)));
        exchange(request, 204);
    }

    /**
     * Asks for the secret of a dataset's workers.
     *
     * @throws IOException in one line when the operator does not give it
     */
    String workerSecret(String dataset) throws IOException, InterruptedException {
        String query = "?" + WorkerSecret.DATASET + "=" + URLEncoder.encode(dataset, StandardCharsets.UTF_8);
        return exchange(HttpRequest.newBuilder(URI.create(operator + WorkerSecret.PATH + query)), 200)
                .strip();
    }

    private String exchange(HttpRequest.Builder request, int wanted) throws IOException, InterruptedException {
        boolean done = false;
        try {
            HttpClient open = client;
            if (open == null) {
                open = connect();
                client = open;
            }
            if (token != null) {
                request.header(
                        "Authorization", "Bearer " + Files.readString(token).strip());
            }
            HttpResponse<InputStream> answer =
                    open.send(request.timeout(ANSWER).build(), HttpResponse.BodyHandlers.ofInputStream());
            byte[] text;
            try (InputStream body = answer.body()) {
                text = body.readNBytes(SECRET_BYTES_MAX);
            }
            int status = answer.statusCode();
            if (status != wanted) {
                throw new IOException(answer.uri() + " answers " + status + meaning(status));
            }
            done = true;
            return new String(text, StandardCharsets.US_ASCII);
        } finally {
            if (!done) {
                close();
            }
        }
    }

    private static String meaning(int status) {
        return switch (status) {
            case 401 -> ": it does not accept the token";
            case 403 -> ": the token is that of a pod which was not made for this dataset";
            case 503 -> ": another replica leads, or the API server is away";
            default -> "";
        };
    }

    private HttpClient connect() throws IOException {
        HttpClient.Builder builder =
                HttpClient.newBuilder().connectTimeout(CONNECT).version(HttpClient.Version.HTTP_1_1);
        if (authority != null) {
            builder.sslContext(trusting(authority));
        }
        return builder.build();
    }

    private static SSLContext trusting(Path authority) throws IOException {
        try (InputStream pem = Files.newInputStream(authority)) {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            int number = 0;
            for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
                trusted.setCertificateEntry("authority-" + number++, one);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("--report-ca " + authority + " holds no certificates: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        HttpClient open = client;
        client = null;
        if (open != null) {
            open.shutdownNow();
        }
    }
}
