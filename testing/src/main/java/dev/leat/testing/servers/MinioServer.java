package dev.leat.testing.servers;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A MinIO server on free loopback ports with a data folder of its own. The program is the one {@code LEAT_TEST_MINIO}
 * names, else the first {@code minio} on the PATH, else the one in {@code ~/.cache/leat-tools/bin}.
 */
public final class MinioServer implements AutoCloseable {
    /** The access key of the server. */
    public static final String ACCESS_KEY = "leat-test-access";

    /** The secret key of the server. */
    public static final String SECRET_KEY = "leat-test-secret";

    private static final Duration START_TIMEOUT = Duration.ofMinutes(2);

    private final ServerProcess process;
    private final Path data;
    private final boolean ownsData;
    private final URI endpoint;

    private MinioServer(ServerProcess process, Path data, boolean ownsData, URI endpoint) {
        this.process = process;
        this.data = data;
        this.ownsData = ownsData;
        this.endpoint = endpoint;
    }

    /** The MinIO program of this machine, if it has one. */
    public static Optional<Path> binary() {
        String named = System.getenv("LEAT_TEST_MINIO");
        if (named != null && !named.isEmpty()) {
            return Optional.of(Path.of(named)).filter(Files::isExecutable);
        }
        String path = System.getenv().getOrDefault("PATH", "");
        Stream<Path> onPath = Stream.of(path.split(File.pathSeparator))
                .filter(dir -> !dir.isEmpty())
                .map(dir -> Path.of(dir, "minio"));
        Path cached = Path.of(System.getProperty("user.home"), ".cache", "leat-tools", "bin", "minio");
        return Stream.concat(onPath, Stream.of(cached))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** What to say where {@link #binary} is empty. */
    public static String howToGet() {
        return "no MinIO server: run tests/tools minio, or name a minio binary with LEAT_TEST_MINIO";
    }

    /** Starts a server whose data lie in a new temporary folder that {@link #close} deletes. */
    public static MinioServer start() throws IOException {
        return start(Files.createTempDirectory("leat-minio-"), true);
    }

    /** Starts a server over a folder that stays. */
    public static MinioServer start(Path data) throws IOException {
        return start(data, false);
    }

    private static MinioServer start(Path data, boolean ownsData) throws IOException {
        Path program = binary().orElseThrow(() -> new IOException(howToGet()));
        int port = ServerProcess.freePort();
        URI endpoint = URI.create("http://127.0.0.1:" + port);
        ServerProcess process = ServerProcess.of(
                        "minio",
                        List.of(
                                program.toString(),
                                "server",
                                "--quiet",
                                "--address",
                                "127.0.0.1:" + port,
                                "--console-address",
                                "127.0.0.1:" + ServerProcess.freePort(),
                                data.toString()))
                .env("MINIO_ROOT_USER", ACCESS_KEY)
                .env("MINIO_ROOT_PASSWORD", SECRET_KEY)
                .env("MINIO_BROWSER", "off")
                .env("MINIO_UPDATE", "off")
                .env("MINIO_CI_CD", "1") // a data folder on the root disk is what a test wants
                .startAndAwait(() -> ready(endpoint), START_TIMEOUT);
        return new MinioServer(process, data, ownsData, endpoint);
    }

    /**
     * Whether the server serves. It answers its health check before it has read its disks and says so in a header only;
     * until then it refuses every call with 503, after that a call without credentials with 403.
     */
    private static boolean ready(URI endpoint) throws IOException {
        HttpURLConnection health = ask(endpoint.resolve("/minio/health/ready"));
        boolean disks = health.getResponseCode() == HttpURLConnection.HTTP_OK
                && health.getHeaderField("x-minio-server-status") == null;
        health.disconnect();
        if (!disks) {
            return false;
        }
        HttpURLConnection call = ask(endpoint.resolve("/"));
        int status = call.getResponseCode();
        call.disconnect();
        return status == HttpURLConnection.HTTP_FORBIDDEN;
    }

    private static HttpURLConnection ask(URI address) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection(Proxy.NO_PROXY);
        connection.setConnectTimeout(1_000);
        connection.setReadTimeout(1_000);
        return connection;
    }

    /** Where it listens: {@code http://127.0.0.1:PORT}. */
    public URI endpoint() {
        return endpoint;
    }

    /** The running program. */
    public ServerProcess process() {
        return process;
    }

    /** Makes an empty bucket, which for a single-disk server is a folder. */
    public void createBucket(String bucket) throws IOException {
        Files.createDirectories(data.resolve(bucket));
    }

    @Override
    public void close() {
        process.close();
        if (ownsData) {
            deleteTree(data);
        }
    }

    private static void deleteTree(Path root) {
        try (Stream<Path> tree = Files.walk(root)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete the data folder of the test server, " + root, e);
        }
    }
}
