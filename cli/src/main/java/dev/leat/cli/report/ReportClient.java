package dev.leat.cli.report;

import dev.leat.kube.report.DaemonReport;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
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
 * Sends reports by HTTP, with the token by which the pod proves who it is. Token and authority are files that change under us: the
 * token is read for each report, the authority whenever a report could not be sent.
 */
final class ReportClient implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofSeconds(10);

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
        this.address = URI.create(url.replaceAll("/+$", "") + DaemonReport.PATH);
        this.token = token;
        this.authority = authority;
    }

    /**
     * Sends one.
     *
     * @throws IOException in one line when the operator did not take it
     */
    void send(DaemonReport report) throws IOException, InterruptedException {
        boolean sent = false;
        try {
            HttpClient open = client;
            if (open == null) {
                open = connect();
                client = open;
            }
            HttpRequest.Builder request = HttpRequest.newBuilder(address)
                    .timeout(ANSWER)
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(ReportText.of(report)));
            if (token != null) {
                request.header(
                        "Authorization", "Bearer " + Files.readString(token).strip());
            }
            int status = open.send(request.build(), HttpResponse.BodyHandlers.discarding())
                    .statusCode();
            if (status != 204) {
                throw new IOException(address + " answers " + status + meaning(status));
            }
            sent = true;
        } finally {
            if (!sent) {
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
