package dev.leat.testing.servers;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Azurite, Microsoft's own emulator of Azure Storage, with its blobs in a temporary folder, on a free loopback port. The program
 * is {@code azurite-blob} on the PATH, else the one in {@code ~/.cache/leat-tools/azurite}.
 */
public final class AzuriteServer implements AutoCloseable {
    /** The account that every emulator has. */
    public static final String ACCOUNT = "devstoreaccount1";

    /** The account's key, which Microsoft publishes. */
    public static final String KEY =
            "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private static final Duration START_TIMEOUT = Duration.ofMinutes(3);

    private final ServerProcess process;
    private final Path data;
    private final URI endpoint;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private AzuriteServer(ServerProcess process, Path data, URI endpoint) {
        this.process = process;
        this.data = data;
        this.endpoint = endpoint;
    }

    /** The program, if this machine has it. */
    public static Optional<Path> binary() {
        Path cached = Path.of(
                System.getProperty("user.home"),
                ".cache",
                "leat-tools",
                "azurite",
                "node_modules",
                ".bin",
                "azurite-blob");
        return TestFolders.program("azurite-blob").or(() -> Optional.of(cached).filter(Files::isExecutable));
    }

    /** What to say where {@link #binary} is empty. */
    public static String howToGet() {
        return "no emulator of Azure Storage: tests/tools azurite installs one, with npm";
    }

    /** Starts a server without containers. */
    public static AzuriteServer start() throws IOException {
        Path program = binary().orElseThrow(() -> new IOException(howToGet()));
        Path data = Files.createTempDirectory("leat-azurite-");
        int port = ServerProcess.freePort();
        ServerProcess process = ServerProcess.of(
                        "azurite",
                        List.of(
                                program.toString(),
                                "--silent",
                                "--disableTelemetry",
                                "--skipApiVersionCheck",
                                "--blobHost",
                                "127.0.0.1",
                                "--blobPort",
                                Integer.toString(port),
                                "--location",
                                data.toString()))
                .startAndAwait(ServerProcess.listening(port), START_TIMEOUT);
        return new AzuriteServer(process, data, URI.create("http://127.0.0.1:" + port + "/" + ACCOUNT));
    }

    /** Where the account is served: {@code http://127.0.0.1:PORT/ACCOUNT}. */
    public URI endpoint() {
        return endpoint;
    }

    /** Makes an empty container. */
    public void createContainer(String container, boolean open) throws IOException {
        String path = "/" + container + "?restype=container&";
        HttpRequest.Builder request = request("PUT", path, new byte[0]);
        if (open) {
            request.header("x-ms-blob-public-access", "container");
        }
        send(request);
    }

    /** Writes a blob. */
    public void put(String container, String escapedName, byte[] bytes) throws IOException {
        send(request("PUT", "/" + container + "/" + escapedName + "?", bytes).header("x-ms-blob-type", "BlockBlob"));
    }

    /** Removes a blob. */
    public void remove(String container, String escapedName) throws IOException {
        send(request("DELETE", "/" + container + "/" + escapedName + "?", new byte[0]));
    }

    private HttpRequest.Builder request(String method, String path, byte[] body) throws IOException {
        return HttpRequest.newBuilder(URI.create(endpoint + path + signature("rwdlac", 60)))
                .header("x-ms-version", "2021-12-02")
                .method(method, HttpRequest.BodyPublishers.ofByteArray(body));
    }

    /**
     * A shared access signature of the account, as a query without its question mark.
     *
     * @param permissions letters, in the service's order
     * @param minutes its life; negative for one that is over
     */
    public String signature(String permissions, long minutes) throws IOException {
        DateTimeFormatter format =
                DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss'Z'").withZone(ZoneOffset.UTC);
        String end = format.format(Instant.now().plus(minutes, ChronoUnit.MINUTES));
        String version = "2021-12-02";
        // Account, permissions, services, resource types, start, end, addresses, protocols, version, encryption scope.
        String text = String.join("\n", ACCOUNT, permissions, "b", "sco", "", end, "", "https,http", version, "", "");
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(Base64.getDecoder().decode(KEY), "HmacSHA256"));
            String signed = Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
            return "sv=" + version + "&ss=b&srt=sco&spr=https,http&sp=" + permissions + "&se="
                    + URLEncoder.encode(end, StandardCharsets.UTF_8)
                    + "&sig=" + URLEncoder.encode(signed, StandardCharsets.UTF_8);
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot sign", e);
        }
    }

    private void send(HttpRequest.Builder request) throws IOException {
        HttpRequest built = request.build();
        try {
            HttpResponse<String> response = client.send(built, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() >= 300) {
                throw new IOException(
                        built.method() + " " + built.uri() + ": " + response.statusCode() + " " + response.body());
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
        TestFolders.delete(data);
    }
}
