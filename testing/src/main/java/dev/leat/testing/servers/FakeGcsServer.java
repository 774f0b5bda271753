package dev.leat.testing.servers;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A server that speaks Google Cloud Storage's JSON API, {@code fake-gcs-server}, with its objects in memory, on a free loopback
 * port. The program is the first of its name on the PATH, else the one in {@code ~/.cache/leat-tools/bin}.
 */
public final class FakeGcsServer implements AutoCloseable {
    private static final Duration START_TIMEOUT = Duration.ofMinutes(2);

    private final ServerProcess process;
    private final URI endpoint;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private FakeGcsServer(ServerProcess process, URI endpoint) {
        this.process = process;
        this.endpoint = endpoint;
    }

    /** The program, if this machine has it. */
    public static Optional<Path> binary() {
        Path cached = Path.of(System.getProperty("user.home"), ".cache", "leat-tools", "bin", "fake-gcs-server");
        return TestFolders.program("fake-gcs-server")
                .or(() -> Optional.of(cached).filter(Files::isExecutable));
    }

    /** What to say where {@link #binary} is empty. */
    public static String howToGet() {
        return "no server of Google Cloud Storage: tests/tools fake-gcs-server builds one, with Go";
    }

    /** Starts a server without buckets. */
    public static FakeGcsServer start() throws IOException {
        Path program = binary().orElseThrow(() -> new IOException(howToGet()));
        int port = ServerProcess.freePort();
        ServerProcess process = ServerProcess.of(
                        "fake-gcs-server",
                        List.of(
                                program.toString(),
                                "-scheme",
                                "http",
                                "-host",
                                "127.0.0.1",
                                "-port",
                                Integer.toString(port),
                                "-backend",
                                "memory",
                                "-log-level",
                                "warn"))
                .startAndAwait(ServerProcess.listening(port), START_TIMEOUT);
        return new FakeGcsServer(process, URI.create("http://127.0.0.1:" + port));
    }

    /** Where it listens: {@code http://127.0.0.1:PORT}. */
    public URI endpoint() {
        return endpoint;
    }

    /** Makes an empty bucket. */
    public void createBucket(String bucket) throws IOException {
        send(
                "POST",
                "/storage/v1/b",
                "application/json",
                ("{\"name\":\"" + bucket + "\"}").getBytes(StandardCharsets.UTF_8));
    }

    /** Writes an object. */
    public void put(String bucket, String escapedName, byte[] bytes) throws IOException {
        send(
                "POST",
                "/upload/storage/v1/b/" + bucket + "/o?uploadType=media&name=" + escapedName,
                "application/octet-stream",
                bytes);
    }

    /** Removes an object. */
    public void remove(String bucket, String escapedName) throws IOException {
        send("DELETE", "/storage/v1/b/" + bucket + "/o/" + escapedName, "application/json", new byte[0]);
    }

    private void send(String method, String path, String type, byte[] body) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(endpoint + path))
                .method(method, HttpRequest.BodyPublishers.ofByteArray(body))
                .header("Content-Type", type)
                .build();
        try {
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() >= 300) {
                throw new IOException(method + " " + path + ": " + response.statusCode() + " " + response.body());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
        process.close();
    }
}
