package dev.leat.testing.servers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A Redis server on a free loopback port with a data folder of its own. The program is the one {@code LEAT_TEST_REDIS} names,
 * else the first {@code redis-server} or {@code valkey-server} on the PATH.
 */
public final class RedisServer implements AutoCloseable {
    private static final Duration START_TIMEOUT = Duration.ofMinutes(2);

    private final List<String> command;
    private final Path folder;
    private final int port;
    private final @Nullable TestCertificates certificates;
    private ServerProcess process;

    private RedisServer(
            List<String> command,
            Path folder,
            int port,
            @Nullable TestCertificates certificates,
            ServerProcess process) {
        this.command = command;
        this.folder = folder;
        this.port = port;
        this.certificates = certificates;
        this.process = process;
    }

    /** How a server is to be set up. */
    public static final class Builder {
        private final List<String> settings = new ArrayList<>();
        private boolean tls;

        private Builder() {}

        /** A setting of {@code redis.conf}, such as {@code appendfsync always}. */
        public Builder set(String name, String... values) {
            settings.add("--" + name);
            settings.addAll(List.of(values));
            return this;
        }

        /** The default user's password. */
        public Builder password(String password) {
            return set("requirepass", password);
        }

        /** Speaks TLS only, with a certificate of {@link RedisServer#caFile}. */
        public Builder tls() {
            tls = true;
            return this;
        }

        /** Starts it and waits until it answers. */
        public RedisServer start() throws IOException {
            Path program = binary().orElseThrow(() -> new IOException(howToGet()));
            Path folder = Files.createTempDirectory("leat-redis-");
            int port = ServerProcess.freePort();
            List<String> command = new ArrayList<>(
                    List.of(program.toString(), "--bind", "127.0.0.1", "--dir", folder.toString(), "--save", ""));
            TestCertificates certificates = null;
            if (tls) {
                certificates = TestCertificates.in(folder);
                command.addAll(List.of("--port", "0", "--tls-port", Integer.toString(port)));
                command.addAll(List.of("--tls-auth-clients", "no"));
                command.addAll(List.of(
                        "--tls-cert-file", certificates.certificate().toString(),
                        "--tls-key-file", certificates.key().toString(),
                        "--tls-ca-cert-file", certificates.ca().toString()));
            } else {
                command.addAll(List.of("--port", Integer.toString(port)));
            }
            command.addAll(settings);
            return new RedisServer(command, folder, port, certificates, run(command, folder, port, tls));
        }
    }

    /** Describes a server; without more it has no password, no TLS and saves nothing. */
    public static Builder builder() {
        return new Builder();
    }

    /** Starts a server that has each change on disk before it answers. */
    public static RedisServer startDurable() throws IOException {
        return builder().set("appendonly", "yes").set("appendfsync", "always").start();
    }

    /** The Redis program of this machine, if it has one. */
    public static Optional<Path> binary() {
        String named = System.getenv("LEAT_TEST_REDIS");
        if (named != null && !named.isEmpty()) {
            return Optional.of(Path.of(named)).filter(Files::isExecutable);
        }
        return TestFolders.program("redis-server").or(() -> TestFolders.program("valkey-server"));
    }

    /** What to say where {@link #binary} is empty. */
    public static String howToGet() {
        return "no Redis server: install redis-server or valkey, or name the program with LEAT_TEST_REDIS";
    }

    private static ServerProcess run(List<String> command, Path folder, int port, boolean tls) throws IOException {
        return ServerProcess.of("redis", command)
                .directory(folder)
                .log(folder.resolve("server.log"))
                .startAndAwait(tls ? ServerProcess.listening(port) : () -> answers(port), START_TIMEOUT);
    }

    /** Whether it takes commands: a server that still loads its data says LOADING. */
    private static boolean answers(int port) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(1_000);
            socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
            String reply = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                    .readLine();
            return reply != null && (reply.startsWith("+PONG") || reply.startsWith("-NOAUTH"));
        }
    }

    /** The address it listens at. */
    public String host() {
        return "127.0.0.1";
    }

    /** The port it listens at. */
    public int port() {
        return port;
    }

    /** The certificate to trust, of a server with TLS. */
    public Path caFile() {
        if (certificates == null) {
            throw new IllegalStateException("this server speaks no TLS");
        }
        return certificates.ca();
    }

    /** The running program. */
    public ServerProcess process() {
        return process;
    }

    /** Kills it as a crash would; what the append-only file has survives. */
    public void kill() {
        process.kill();
    }

    /** Starts it again at the same port over the same data. */
    public void restart() throws IOException {
        process.close();
        process = run(command, folder, port, certificates != null);
    }

    @Override
    public void close() {
        process.close();
        TestFolders.delete(folder);
    }
}
