package dev.leat.testing.servers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL server on a free loopback port with a data folder of its own and a database {@code leat} of the superuser
 * {@code leat}. The programs are those in the folder that {@code LEAT_TEST_POSTGRES} names, else the newest of Debian's, else those
 * on the PATH. PostgreSQL refuses to run as root, so a test that does gives it to the user {@code postgres} or {@code nobody}.
 */
public final class PostgresServer implements AutoCloseable {
    /** The superuser, and the database. */
    public static final String NAME = "leat";

    private static final Duration START_TIMEOUT = Duration.ofMinutes(2);

    private final List<String> command;
    private final Path folder;
    private final int port;
    private final @Nullable TestCertificates certificates;
    private ServerProcess process;

    private PostgresServer(
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
        private @Nullable String password;
        private boolean tls;

        private Builder() {}

        /** A setting of {@code postgresql.conf}. */
        public Builder set(String name, String value) {
            settings.addAll(List.of("-c", name + "=" + value));
            return this;
        }

        /** The superuser's password; without one everybody is let in. */
        public Builder password(String superuserPassword) {
            password = superuserPassword;
            return this;
        }

        /** Offers TLS, with a certificate of {@link PostgresServer#caFile}. */
        public Builder tls() {
            tls = true;
            return this;
        }

        /** Makes its data folder, starts it and waits until it answers. */
        public PostgresServer start() throws IOException {
            Path programs = programs().orElseThrow(() -> new IOException(howToGet()));
            Path folder = Files.createTempDirectory(
                    "leat-postgres-",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Path data = folder.resolve("data");
            Path passwordFile = folder.resolve("password");
            List<String> init = new ArrayList<>(List.of(
                    programs.resolve("initdb").toString(), "-D", data.toString(), "-U", NAME, "-N", "-E", "UTF8"));
            init.addAll(List.of("--no-locale", "--auth", password == null ? "trust" : "scram-sha-256"));
            if (password != null) {
                Files.writeString(passwordFile, password + "\n");
                init.addAll(List.of("--pwfile", passwordFile.toString()));
            }
            give(folder);
            run(asServer(init));
            int port = ServerProcess.freePort();
            List<String> command = new ArrayList<>(List.of(
                    programs.resolve("postgres").toString(), "-D", data.toString(), "-p", Integer.toString(port)));
            command.addAll(List.of("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="));
            TestCertificates certificates = null;
            if (tls) {
                certificates = TestCertificates.in(folder);
                give(folder);
                command.addAll(List.of("-c", "ssl=on", "-c", "ssl_cert_file=" + certificates.certificate()));
                command.addAll(List.of("-c", "ssl_key_file=" + certificates.key()));
            }
            command.addAll(settings);
            createDatabase(programs, data);
            return new PostgresServer(
                    asServer(command), folder, port, certificates, PostgresServer.run(asServer(command), folder, port));
        }

        /** Without a server, so that it needs no client and no password. */
        private static void createDatabase(Path programs, Path data) throws IOException {
            Process single = new ProcessBuilder(asServer(List.of(
                            programs.resolve("postgres").toString(), "--single", "-D", data.toString(), "postgres")))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try (var in = single.outputWriter()) {
                in.write("CREATE DATABASE " + NAME + ";\n");
            }
            await(single, "CREATE DATABASE");
        }
    }

    /** Describes a server; without more it trusts everybody and speaks no TLS. */
    public static Builder builder() {
        return new Builder();
    }

    /** The folder of this machine's PostgreSQL programs, if it has them. */
    public static Optional<Path> programs() {
        String named = System.getenv("LEAT_TEST_POSTGRES");
        if (named != null && !named.isEmpty()) {
            return Optional.of(Path.of(named)).filter(PostgresServer::complete);
        }
        try (Stream<Path> versions = Files.isDirectory(Path.of("/usr/lib/postgresql"))
                ? Files.list(Path.of("/usr/lib/postgresql"))
                : Stream.empty()) {
            Optional<Path> debian = versions.sorted((a, b) -> b.compareTo(a))
                    .map(version -> version.resolve("bin"))
                    .filter(PostgresServer::complete)
                    .findFirst();
            return debian.or(
                    () -> TestFolders.program("postgres").map(Path::getParent).filter(PostgresServer::complete));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static boolean complete(Path programs) {
        return Files.isExecutable(programs.resolve("postgres")) && Files.isExecutable(programs.resolve("initdb"));
    }

    /** What to say where {@link #programs} is empty. */
    public static String howToGet() {
        return "no PostgreSQL server: install postgresql, or name the folder of its programs with LEAT_TEST_POSTGRES";
    }

    private static boolean root() {
        return "root".equals(System.getProperty("user.name"));
    }

    /** The user to run as, where the test is root. */
    private static String user() {
        try {
            return Files.readAllLines(Path.of("/etc/passwd")).stream().anyMatch(line -> line.startsWith("postgres:"))
                    ? "postgres"
                    : "nobody";
        } catch (IOException e) {
            return "nobody";
        }
    }

    private static List<String> asServer(List<String> command) {
        if (!root()) {
            return command;
        }
        List<String> wrapped = new ArrayList<>(List.of("setpriv", "--reuid=" + user(), "--clear-groups"));
        wrapped.addAll(command);
        return wrapped;
    }

    private static void give(Path folder) throws IOException {
        if (root()) {
            run(List.of("chown", "-R", user(), folder.toString()));
        }
    }

    private static void run(List<String> command) throws IOException {
        await(
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start(),
                String.join(" ", command));
    }

    private static void await(Process process, String what) throws IOException {
        try {
            if (!process.waitFor(START_TIMEOUT.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IOException("this failed while a PostgreSQL server was made: " + what);
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while a PostgreSQL server was made", e);
        }
    }

    private static ServerProcess run(List<String> command, Path folder, int port) throws IOException {
        Path log = folder.resolve("server.log");
        long before = Files.exists(log) ? Files.size(log) : 0;
        // It listens before it has recovered; it says in its log when it serves.
        return ServerProcess.of("postgres", command)
                .directory(Path.of("/"))
                .log(log)
                .startAndAwait(
                        () -> Files.readString(log).substring((int) before).contains("ready to accept connections")
                                && ServerProcess.listening(port).check(),
                        START_TIMEOUT);
    }

    /** Host and port, as URLs have them. */
    public String hosts() {
        return "127.0.0.1:" + port;
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

    /** Kills it and its children as a crash would. */
    public void kill() {
        process.kill();
    }

    /** Starts it again at the same port over the same data. */
    public void restart() throws IOException {
        process.close();
        // A lock file whose process id is in use again would keep it from starting.
        Files.deleteIfExists(folder.resolve("data").resolve("postmaster.pid"));
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        while (true) {
            try {
                process = run(command, folder, port);
                return;
            } catch (IOException e) {
                // A child that a killed server had just made ends by itself, a moment later.
                boolean childLives = String.valueOf(e.getMessage()).contains("still in use");
                if (!childLives || System.nanoTime() - deadline > 0) {
                    throw e;
                }
            }
        }
    }

    @Override
    public void close() {
        process.close();
        TestFolders.delete(folder);
    }
}
