package dev.leat.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.leat.kube.report.DaemonReport;
import dev.leat.kube.report.WorkerSecret;
import dev.leat.worker.wire.Token;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon's secret of the workers, from an operator that is away at first. */
class OperatorSecretTest {
    private static final String SECRET = "0123456789abcdef0123456789abcdef";

    @TempDir
    Path folder;

    @Test
    void itIsAskedForUntilItIsThere() throws IOException, InterruptedException {
        CountDownLatch back = new CountDownLatch(1);
        CountDownLatch refused = new CountDownLatch(1);
        AtomicReference<String> asked = new AtomicReference<>("");
        HttpServer operator = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        operator.createContext(WorkerSecret.PATH, exchange -> {
            try (exchange) {
                asked.set(exchange.getRequestURI().getQuery() + " "
                        + exchange.getRequestHeaders().getFirst("Authorization"));
                if (back.getCount() > 0) {
                    exchange.sendResponseHeaders(503, -1);
                    refused.countDown();
                } else {
                    byte[] text = SECRET.getBytes(StandardCharsets.US_ASCII);
                    exchange.sendResponseHeaders(200, text.length);
                    exchange.getResponseBody().write(text);
                }
            }
        });
        operator.start();
        Path token = Files.writeString(folder.resolve("token"), "mine\n");
        PodSide pod = new PodSide(
                new DaemonReport.Daemon("images", "fuse", "images-fuse-1", null, null),
                "http://127.0.0.1:" + operator.getAddress().getPort(),
                token,
                null);
        PodToken known = PodToken.of(Token.none(), pod);
        try (OperatorSecret secret = Objects.requireNonNull(known.secret())) {
            assertThat(refused.await(60, TimeUnit.SECONDS)).isTrue();
            assertThat(known.token().isSet()).isTrue();
            assertThat(secret.problem()).contains("the operator has not given the secret");
            assertThatThrownBy(secret::bytes).hasMessageContaining("the operator has not given the secret");
            back.countDown();
            assertThat(secret.await(Duration.ofSeconds(60))).isTrue();
            assertThat(secret.bytes()).asString(StandardCharsets.US_ASCII).isEqualTo(SECRET);
            assertThat(secret.problem()).isNull();
            assertThat(asked.get()).isEqualTo("dataset=images Bearer mine");
        } finally {
            operator.stop(0);
        }
    }

    @Test
    void aNamedFileIsTakenInstead() throws IOException {
        Token named = Token.of(Files.writeString(folder.resolve("secret"), SECRET));
        PodSide pod = new PodSide(
                new DaemonReport.Daemon("images", "fuse", "images-fuse-1", null, null), "http://[::1]:1", null, null);
        PodToken known = PodToken.of(named, pod);
        assertThat(known.token()).isSameAs(named);
        assertThat(known.secret()).isNull();
    }
}
