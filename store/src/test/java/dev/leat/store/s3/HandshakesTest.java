package dev.leat.store.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.leat.store.StoreException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Objects;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.util.Timeout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A server that listens at the first of its two addresses, where it does not do as it should. */
@SuppressWarnings("NullAway.Init") // Made before each test.
class HandshakesTest {
    private ServerSocket server;

    private static final class TwoAddresses implements DnsResolver {
        @Override
        public InetAddress[] resolve(String host) {
            return new InetAddress[] {InetAddress.ofLiteral("127.0.0.1"), InetAddress.ofLiteral("127.0.0.2")};
        }

        @Override
        public String resolveCanonicalHostname(String host) throws UnknownHostException {
            return host;
        }
    }

    @BeforeEach
    void listen() throws Exception {
        server = new ServerSocket(0, 16, InetAddress.ofLiteral("127.0.0.1"));
    }

    @AfterEach
    void close() throws Exception {
        server.close();
    }

    private StoreException failure() throws Exception {
        URI endpoint = URI.create("https://two.example:" + server.getLocalPort());
        var connections = PoolingHttpClientConnectionManagerBuilder.create()
                .setTlsSocketStrategy(Handshakes.watch(DefaultClientTlsStrategy.createDefault()))
                .setDnsResolver(Handshakes.watch(new TwoAddresses()))
                .setDefaultSocketConfig(SocketConfig.custom()
                        .setSoTimeout(Timeout.ofMilliseconds(300))
                        .build())
                .setDefaultConnectionConfig(ConnectionConfig.custom()
                        .setConnectTimeout(Timeout.of(Duration.ofMillis(300)))
                        .build())
                .build();
        try (CloseableHttpClient client =
                HttpClients.custom().setConnectionManager(connections).build()) {
            Throwable thrown = catchThrowable(() -> client.execute(new HttpGet(endpoint), _ -> null));
            assertThat(thrown).as("all that the client tells").isInstanceOf(ConnectException.class);
            S3Options options = S3Options.builder("b")
                    .endpoint(endpoint)
                    .region("us-east-1")
                    .build();
            return new Failures(options).of("read", "k", Objects.requireNonNull(thrown));
        }
    }

    @Test
    void whatTheFirstAddressSaysIsTold() throws Exception {
        Thread.ofVirtual().start(() -> {
            try (Socket client = server.accept()) {
                client.getInputStream().read(new byte[4096]);
                client.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(UTF_8));
            } catch (IOException e) {
                // The listener closed, or the client left first: both end the exchange.
            }
        });
        StoreException failure = failure();
        assertThat(failure).hasMessageContaining("does not speak TLS");
        assertThat(failure.kind()).isEqualTo(StoreException.Kind.INVALID);
    }

    @Test
    void thatTheFirstAddressIsSilentIsTold() throws Exception {
        assertThat(failure()).hasMessageContaining("accepts connections but not the TLS handshake");
    }

    @Test
    void whereNothingListensNothingElseIsTold() throws Exception {
        assertThat(failure()).hasMessageContaining("accepts connections");
        server.close();
        assertThat(failure()).hasMessageContaining("nothing listens");
    }
}
