package dev.leat.store.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.leat.store.PutCondition;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import dev.leat.testing.Requires;
import dev.leat.testing.s3.Fault;
import dev.leat.testing.s3.FaultyS3Server;
import dev.leat.testing.s3.S3Operation;
import dev.leat.testing.servers.MinioServer;
import dev.leat.testing.servers.ServerProcess;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every way in which a bucket cannot be used ends in the right kind and one line that helps, without secrets. */
class S3FailuresTest {
    private static final String SECRET = "s3cr3t-s3cr3t-s3cr3t";
    private static final String TOKEN = "t0k3n-t0k3n-t0k3n";
    private static final S3Credentials KEYS = new S3Credentials.Keys("AKIDFORTESTS", SECRET, TOKEN);

    private final FaultyS3Server server = FaultyServerFixture.start(7);

    @AfterEach
    void stop() {
        server.close();
    }

    private S3Store store(UnaryOperator<S3Options.Builder> more) {
        return S3Store.open(FaultyServerFixture.options(
                server, "b", o -> more.apply(o.credentials(KEYS).dialect(Dialect.MINIO))));
    }

    private S3Store store() {
        return store(o -> o);
    }

    private static StoreException failure(Kind kind, ThrowingCallable call, String... parts) {
        StoreException e = catchThrowableOfType(StoreException.class, call);
        assertThat(e).as("a failure of kind " + kind).isNotNull();
        assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind);
        assertThat(e.getMessage())
                .doesNotContain("\n")
                .doesNotContain(SECRET)
                .doesNotContain(TOKEN)
                .hasSizeLessThan(600);
        for (String part : parts) {
            assertThat(e.getMessage()).contains(part);
        }
        System.out.println(kind + ": " + e.getMessage());
        return e;
    }

    private static void read(S3Store store) throws StoreException {
        store.get("dir/key", 0, ByteBuffer.allocate(4), null);
    }

    @Test
    void stackTracesShowNoSecrets() {
        try (S3Store store = store()) {
            server.refuseNext(S3Operation.GET_OBJECT, 403, "SignatureDoesNotMatch", "m", Map.of());
            StoreException refused = failure(Kind.DENIED, () -> read(store));
            server.faults().next(Fault.RESET, 1, S3Operation.GET_OBJECT);
            StoreException reset = failure(Kind.UNAVAILABLE, () -> read(store));
            for (StoreException e : List.of(refused, reset)) {
                StringWriter trace = new StringWriter();
                e.printStackTrace(new PrintWriter(trace));
                assertThat(trace.toString()).doesNotContain(SECRET).doesNotContain(TOKEN);
            }
        }
    }

    @Test
    void missingBucket() {
        try (S3Store store = S3Store.open(S3Options.builder("absent")
                .endpoint(server.endpoint())
                .credentials(KEYS)
                .build())) {
            failure(Kind.NOT_FOUND, () -> read(store), "'absent'", "create it");
            failure(
                    Kind.NOT_FOUND,
                    () -> store.list("", null, null, 1),
                    "'absent'",
                    server.endpoint().toString());
        }
    }

    @Test
    void missingObject() {
        try (S3Store store = store()) {
            failure(Kind.NOT_FOUND, () -> read(store), "s3://b/dir/key", "no such object");
            failure(Kind.NOT_FOUND, () -> store.head("dir/key"), "s3://b/dir/key");
        }
    }

    @Test
    void codesOfTheServer() {
        Map<String, Kind> kinds = Map.ofEntries(
                Map.entry("503 SlowDown", Kind.THROTTLED),
                Map.entry("429 TooManyRequests", Kind.THROTTLED),
                Map.entry("500 InternalError", Kind.UNAVAILABLE),
                Map.entry("503 ServiceUnavailable", Kind.UNAVAILABLE),
                Map.entry("400 RequestTimeout", Kind.UNAVAILABLE),
                Map.entry("409 OperationAborted", Kind.UNAVAILABLE),
                Map.entry("409 ConditionalRequestConflict", Kind.UNAVAILABLE),
                Map.entry("412 PreconditionFailed", Kind.PRECONDITION_FAILED),
                Map.entry("403 AccessDenied", Kind.DENIED),
                Map.entry("403 RequestTimeTooSkewed", Kind.DENIED),
                Map.entry("403 SignatureDoesNotMatch", Kind.DENIED),
                Map.entry("403 InvalidAccessKeyId", Kind.DENIED),
                Map.entry("400 ExpiredToken", Kind.DENIED),
                Map.entry("400 InvalidToken", Kind.DENIED),
                Map.entry("507 XMinioStorageFull", Kind.FULL),
                Map.entry("403 QuotaExceeded", Kind.FULL),
                Map.entry("400 BadDigest", Kind.CORRUPT),
                Map.entry("400 EntityTooLarge", Kind.INVALID),
                Map.entry("400 InvalidArgument", Kind.INVALID),
                Map.entry("501 NotImplemented", Kind.INVALID));
        try (S3Store store = store()) {
            kinds.forEach((answer, kind) -> {
                int status = Integer.parseInt(answer.substring(0, 3));
                server.refuseNext(S3Operation.PUT_OBJECT, status, answer.substring(4), "Said\nby " + SECRET, Map.of());
                failure(kind, () -> store.put("k", ByteBuffer.allocate(1), PutCondition.ALWAYS), "s3://b/k");
            });
        }
    }

    @Test
    void hintsThatHelp() {
        try (S3Store store = store()) {
            server.refuseNext(S3Operation.GET_OBJECT, 403, "RequestTimeTooSkewed", "m", Map.of());
            failure(Kind.DENIED, () -> read(store), "clock");
            server.refuseNext(S3Operation.GET_OBJECT, 403, "SignatureDoesNotMatch", "m", Map.of());
            failure(Kind.DENIED, () -> read(store), "AWS_SECRET_ACCESS_KEY");
            Map<String, String> region = Map.of("x-amz-bucket-region", "eu-south-2");
            server.refuseNext(S3Operation.GET_OBJECT, 301, "PermanentRedirect", "m", region);
            failure(Kind.INVALID, () -> read(store), "another region, eu-south-2");
            server.refuseNext(S3Operation.HEAD_OBJECT, 400, "AuthorizationHeaderMalformed", "m", region);
            failure(Kind.INVALID, () -> store.head("k"), "eu-south-2");
            server.refuseNext(S3Operation.HEAD_OBJECT, 403, "AccessDenied", "m", Map.of());
            failure(Kind.DENIED, () -> store.head("k"), "denied");
        }
    }

    @Test
    void wrongKeysAtMinio() throws Exception {
        Requires.that(MinioServer.binary().isPresent(), MinioServer.howToGet());
        try (MinioServer minio = MinioServer.start()) {
            minio.createBucket("bucket");
            S3Options.Builder options = S3Options.builder("bucket").endpoint(minio.endpoint());
            try (S3Store wrong =
                    S3Store.open(options.credentials(new S3Credentials.Keys(MinioServer.ACCESS_KEY, SECRET, null))
                            .build())) {
                failure(Kind.DENIED, () -> wrong.list("", null, null, 1), "AWS_SECRET_ACCESS_KEY");
                failure(Kind.DENIED, () -> wrong.head("k"), "denied");
            }
            try (S3Store unknown = S3Store.open(options.credentials(new S3Credentials.Keys("nobody", SECRET, null))
                    .build())) {
                failure(Kind.DENIED, () -> unknown.list("", null, null, 1), "access key");
            }
            try (S3Store anonymous = S3Store.open(
                    options.credentials(new S3Credentials.Anonymous()).build())) {
                failure(Kind.DENIED, () -> anonymous.list("", null, null, 1), "denied");
            }
        }
    }

    @Test
    void nothingListens() {
        URI endpoint = URI.create("http://127.0.0.1:" + ServerProcess.freePort());
        try (S3Store store = store(o -> o.endpoint(endpoint))) {
            failure(Kind.UNAVAILABLE, () -> read(store), "nothing listens at " + endpoint);
        }
    }

    @Test
    void unknownHost() {
        try (S3Store store = store(o -> o.endpoint(URI.create("http://nobody.invalid")))) {
            failure(Kind.UNAVAILABLE, () -> read(store), "no address is known", "nobody.invalid");
        }
    }

    @Test
    void silentServer() throws Exception {
        S3Timeouts quick = new S3Timeouts(
                Duration.ofMillis(300),
                Duration.ofMillis(300),
                Duration.ofMillis(300),
                Duration.ofMinutes(2),
                Duration.ofMinutes(2),
                1 << 20);
        try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            URI endpoint = URI.create("http://127.0.0.1:" + silent.getLocalPort());
            try (S3Store store = store(o -> o.endpoint(endpoint).timeouts(quick))) {
                failure(Kind.UNAVAILABLE, () -> read(store), "silent for 300 ms");
            }
        }
    }

    @Test
    void slowServerEndsAtTheCallTimeout() {
        S3Timeouts quick = new S3Timeouts(
                Duration.ofSeconds(3),
                Duration.ofSeconds(3),
                Duration.ofSeconds(3),
                Duration.ofMillis(300),
                Duration.ofSeconds(5),
                1 << 30);
        server.faults().delay(Duration.ofSeconds(2));
        server.createBucket("b");
        server.put("b", "dir/key", new byte[4]);
        server.faults().next(Fault.DELAY, 1, S3Operation.GET_OBJECT);
        try (S3Store store = store(o -> o.timeouts(quick))) {
            failure(Kind.UNAVAILABLE, () -> read(store), "no answer in time");
        }
    }

    @Test
    void noTlsWhereTlsIsExpected() throws Exception {
        // Most servers refuse the first bytes of TLS at once, in their own plain words.
        try (ServerSocket plain = new ServerSocket(0, 16, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> refuseAll(plain));
            URI https = URI.create("https://localhost:" + plain.getLocalPort());
            try (S3Store store = store(o -> o.endpoint(https))) {
                failure(Kind.INVALID, () -> read(store), "does not speak TLS");
            }
        }
    }

    @Test
    void silenceWhereTlsIsExpected() throws Exception {
        // Others wait for the end of a request line that never comes.
        S3Timeouts quick = new S3Timeouts(
                Duration.ofMillis(300),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Duration.ofMinutes(2),
                Duration.ofMinutes(2),
                1 << 30);
        try (ServerSocket silent = new ServerSocket(0, 16, InetAddress.getLoopbackAddress())) {
            URI https = URI.create("https://localhost:" + silent.getLocalPort());
            try (S3Store store = store(o -> o.endpoint(https).timeouts(quick))) {
                failure(Kind.UNAVAILABLE, () -> read(store), "but not the TLS handshake");
            }
        }
    }

    private static void refuseAll(ServerSocket plain) {
        while (!plain.isClosed()) {
            try (Socket client = plain.accept()) {
                client.getInputStream().read(new byte[4096]);
                client.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(UTF_8));
            } catch (IOException e) {
                // The listener closed, or the client left first: both end the exchange.
            }
        }
    }

    @Test
    void certificatesMustBeTrusted(@TempDir Path dir) throws Exception {
        Path keys = dir.resolve("keys.p12");
        Path pem = dir.resolve("ca.pem");
        keytool(
                "-genkeypair",
                "-alias",
                "s3",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-keystore",
                keys.toString(),
                "-storepass",
                "changeit");
        keytool(
                "-exportcert",
                "-rfc",
                "-alias",
                "s3",
                "-keystore",
                keys.toString(),
                "-storepass",
                "changeit",
                "-file",
                pem.toString());
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keys)) {
            store.load(in, "changeit".toCharArray());
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(store, "changeit".toCharArray());
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(managers.getKeyManagers(), null, null);
        try (FaultyS3Server secure = FaultyS3Server.start(1, tls)) {
            secure.createBucket("b");
            secure.put("b", "dir/key", new byte[] {1, 2, 3, 4});
            try (S3Store untrusting = store(o -> o.endpoint(secure.endpoint()))) {
                failure(Kind.INVALID, () -> read(untrusting), "certificate", "CA bundle");
            }
            try (S3Store trusting = store(o -> o.endpoint(secure.endpoint()).caBundle(pem))) {
                ByteBuffer bytes = ByteBuffer.allocate(4);
                trusting.get("dir/key", 0, bytes, null);
                assertThat(bytes.array()).containsExactly(1, 2, 3, 4);
                trusting.put("k", ByteBuffer.wrap(new byte[100_000]), PutCondition.ALWAYS);
                assertThat(secure.object("b", "k")).hasSize(100_000);
            }
        }
        try (S3Store broken = store(o -> o.caBundle(dir.resolve("absent.pem")))) {
            failure(Kind.INVALID, () -> read(broken), "absent.pem", "PEM");
        }
    }

    private static void keytool(String... arguments) throws Exception {
        Path tool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        List<String> command = new java.util.ArrayList<>(List.of(tool.toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }

    @Test
    void faultsOfTheNetwork() {
        Map<Fault, Kind> reading = Map.of(
                Fault.RESET, Kind.UNAVAILABLE,
                Fault.LOST_REPLY, Kind.UNAVAILABLE,
                Fault.SLOW_DOWN, Kind.THROTTLED,
                Fault.INTERNAL_ERROR, Kind.UNAVAILABLE,
                Fault.TRUNCATE, Kind.CORRUPT,
                Fault.FLIPPED_BYTE, Kind.CORRUPT,
                Fault.WRONG_CHECKSUM, Kind.CORRUPT,
                Fault.WRONG_ETAG, Kind.CORRUPT,
                Fault.STALE_NOT_FOUND, Kind.NOT_FOUND);
        try (S3Store store = store()) {
            byte[] bytes = new byte[100_000];
            ByteBuffer body = ByteBuffer.wrap(bytes);
            reading.forEach((fault, kind) -> {
                try {
                    String etag = store.put("k", body, PutCondition.ALWAYS).etag();
                    server.faults().next(fault, 1, S3Operation.GET_OBJECT);
                    ByteBuffer got = ByteBuffer.allocateDirect(bytes.length);
                    failure(kind, () -> store.get("k", 0, got, etag), "s3://b/k");
                    assertThat(got.position()).isZero();
                    store.get("k", 0, got, etag);
                } catch (StoreException e) {
                    throw new AssertionError(fault + ": " + e.getMessage(), e);
                }
            });
            server.faults().next(Fault.FLIPPED_BYTE, 1, S3Operation.PUT_OBJECT);
            failure(Kind.CORRUPT, () -> store.put("k", body, PutCondition.ALWAYS));
            server.faults().next(Fault.WRONG_CHECKSUM, 1, S3Operation.PUT_OBJECT);
            failure(Kind.CORRUPT, () -> store.put("k", body, PutCondition.ALWAYS), "other bytes");
        }
    }
}
