package dev.leat.testing.servers;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A web server program of this machine on a free loopback port, which shows a folder by its index pages and logs each
 * request as a line {@code METHOD PATH STATUS RANGE}.
 */
public final class WebServer implements AutoCloseable {
    private static final Duration START_TIMEOUT = Duration.ofMinutes(2);
    private static final String MODULES = "/usr/lib/apache2/modules";

    private final ServerProcess process;
    private final Path folder;
    private final int port;

    private WebServer(ServerProcess process, Path folder, int port) {
        this.process = process;
        this.folder = folder;
        this.port = port;
    }

    /** The programs that are known. */
    public enum Program {
        /** Apache httpd. */
        APACHE("apache2"),
        /** nginx. */
        NGINX("nginx"),
        /** lighttpd. */
        LIGHTTPD("lighttpd");

        private final String text;

        Program(String text) {
            this.text = text;
        }

        private Optional<Path> binary() {
            Path administrators = Path.of("/usr/sbin", text);
            return TestFolders.program(text)
                    .or(() -> Optional.of(administrators).filter(Files::isExecutable));
        }

        /** Whether this machine has it. */
        public boolean isInstalled() {
            return binary().isPresent() && (this != APACHE || Files.isDirectory(Path.of(MODULES)));
        }

        /** What to say where it is not. */
        public String howToGet() {
            return "no " + text + ": apt-get install " + (this == NGINX ? "nginx-light" : text);
        }
    }

    /**
     * Starts a server over an empty folder, {@link #root}.
     *
     * @param setting what its configuration says about index pages, in its own words; may be empty
     */
    public static WebServer start(Program program, String setting) throws IOException {
        Path folder = Files.createTempDirectory("leat-web-");
        // The server's own user has to come in.
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.createDirectory(folder.resolve("root"));
        int port = ServerProcess.freePort();
        Path file = folder.resolve("server.conf");
        Files.writeString(file, configuration(program, folder, port, setting));
        Path binary = program.binary().orElseThrow(() -> new IOException(program.howToGet()));
        List<String> command =
                switch (program) {
                    case APACHE -> List.of(binary.toString(), "-DFOREGROUND", "-f", file.toString());
                    case NGINX -> List.of(binary.toString(), "-p", folder.toString(), "-c", file.toString());
                    case LIGHTTPD -> List.of(binary.toString(), "-D", "-f", file.toString());
                };
        ServerProcess process = ServerProcess.of(program.text, command)
                .directory(folder)
                .log(folder.resolve("out.log"))
                .startAndAwait(() -> answers(port), START_TIMEOUT);
        return new WebServer(process, folder, port);
    }

    private static boolean answers(int port) throws IOException {
        HttpURLConnection connection = (HttpURLConnection)
                URI.create("http://127.0.0.1:" + port + "/").toURL().openConnection(Proxy.NO_PROXY);
        connection.setConnectTimeout(1_000);
        connection.setReadTimeout(1_000);
        int status = connection.getResponseCode();
        connection.disconnect();
        return status > 0;
    }

    private static String configuration(Program program, Path folder, int port, String setting) {
        boolean root = System.getProperty("user.name", "").equals("root");
        return switch (program) {
            case APACHE -> apache(folder, port, setting, root);
            case NGINX -> nginx(folder, port, setting, root);
            case LIGHTTPD -> """
                    server.modules = ("mod_dirlisting", "mod_accesslog")
                    server.document-root = "%1$s/root"
                    server.bind = "127.0.0.1"
                    server.port = %2$d
                    server.errorlog = "%1$s/error.log"
                    accesslog.filename = "%1$s/access.log"
                    accesslog.format = "%%m %%U %%s %%{Range}i"
                    dir-listing.activate = "enable"
                    dir-listing.encoding = "utf-8"
                    server.stat-cache-engine = "disable"
                    static-file.disable-pathinfo = "enable"
                    %3$s
                    mimetype.assign = (".html" => "text/html", ".txt" => "text/plain", "" => "application/octet-stream")
                    """.formatted(folder, port, setting);
        };
    }

    private static String apache(Path folder, int port, String setting, boolean root) {
        StringBuilder modules = new StringBuilder();
        for (String module : List.of("mpm_event", "authz_core", "mime", "dir", "autoindex")) {
            modules.append("LoadModule %1$s_module %2$s/mod_%1$s.so\n".formatted(module, MODULES));
        }
        return modules + (root ? "User www-data\nGroup www-data\n" : "") + """
                ServerRoot "%1$s"
                ServerName localhost
                Listen 127.0.0.1:%2$d
                PidFile "%1$s/server.pid"
                DefaultRuntimeDir "%1$s"
                ErrorLog "%1$s/error.log"
                TypesConfig /dev/null
                AddType text/html .html
                AddType text/plain .txt
                AddDefaultCharset off
                LogFormat "%%m %%U %%>s %%{Range}i" leat
                CustomLog "%1$s/access.log" leat
                DocumentRoot "%1$s/root"
                <Directory "%1$s/root">
                  Options Indexes FollowSymLinks
                  Require all granted
                  IndexOptions +Charset=UTF-8 %3$s
                </Directory>
                """.formatted(folder, port, setting);
    }

    private static String nginx(Path folder, int port, String setting, boolean root) {
        return (root ? "user www-data;\n" : "") + """
                daemon off;
                worker_processes 1;
                pid "%1$s/server.pid";
                error_log "%1$s/error.log";
                events { worker_connections 256; }
                http {
                  log_format leat '$request_method $uri $status $http_range';
                  access_log "%1$s/access.log" leat;
                  types { text/html html; text/plain txt; }
                  default_type application/octet-stream;
                  charset utf-8;
                  client_body_temp_path "%1$s/body";
                  proxy_temp_path "%1$s/proxy";
                  fastcgi_temp_path "%1$s/fastcgi";
                  uwsgi_temp_path "%1$s/uwsgi";
                  scgi_temp_path "%1$s/scgi";
                  server {
                    listen 127.0.0.1:%2$d;
                    root "%1$s/root";
                    autoindex on;
                    %3$s
                  }
                }
                """.formatted(folder, port, setting);
    }

    /** The folder that it shows. */
    public Path root() {
        return folder.resolve("root");
    }

    /** The address of that folder. */
    public URI address() {
        return URI.create("http://127.0.0.1:" + port + "/");
    }

    /** The requests so far: {@code METHOD PATH STATUS RANGE}; a server may write them a moment late. */
    public List<String> requests() throws IOException {
        Path log = folder.resolve("access.log");
        return Files.exists(log) ? Files.readAllLines(log, StandardCharsets.UTF_8) : List.of();
    }

    /** Why it does not do what it should, as far as it says. */
    public String errors() throws IOException {
        Path log = folder.resolve("error.log");
        return Files.exists(log) ? Files.readString(log) : process.logTail();
    }

    @Override
    public void close() {
        process.close();
        TestFolders.delete(folder);
    }
}
