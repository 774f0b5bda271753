package dev.leat.cli.control;

import dev.leat.cli.CliException;
import dev.leat.cli.output.Json;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The folder of one mount's daemon on a memory file system: who it is, and the socket it listens on. One folder for each
 * mount point; gone after a reboot.
 *
 * @param path the folder
 */
public record StateFolder(Path path) {
    private static final String FACTS = "mount.json";
    private static final String SOCKET = "control.sock";
    private static final String STATE = "state.json";
    private static final String JOURNAL = "journal";

    /** Where the folders of this user lie. */
    public static Path root() {
        String chosen = System.getenv("LEAT_RUN_DIR");
        if (chosen != null && !chosen.isEmpty()) {
            return Path.of(chosen);
        }
        if (System.getProperty("user.name", "").equals("root")) {
            return Path.of("/run/leat");
        }
        String runtime = System.getenv("XDG_RUNTIME_DIR");
        if (runtime != null && !runtime.isEmpty()) {
            return Path.of(runtime, "leat");
        }
        return Path.of(System.getProperty("user.home", "/tmp"), ".cache", "leat", "run");
    }

    /** The folder for a mount point, which need not exist. */
    public static StateFolder of(Path mountPoint) {
        CRC32C sum = new CRC32C();
        String text = mountPoint.toAbsolutePath().normalize().toString();
        sum.update(text.getBytes(StandardCharsets.UTF_8));
        Path name = mountPoint.toAbsolutePath().normalize().getFileName();
        String readable = name == null ? "root" : name.toString().replaceAll("[^A-Za-z0-9._-]", "_");
        // Short: with the socket's name it must stay below the 108 bytes of a Unix socket's address.
        String cut = readable.substring(0, Math.min(32, readable.length()));
        return new StateFolder(root().resolve("%s-%08x".formatted(cut, sum.getValue())));
    }

    /** All folders of this user. */
    public static List<StateFolder> all() throws IOException {
        List<StateFolder> folders = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root())) {
            for (Path entry : entries) {
                folders.add(new StateFolder(entry));
            }
        } catch (NoSuchFileException e) {
            return List.of();
        }
        return folders;
    }

    /** Makes the folder, for its owner alone. */
    public void create() throws IOException {
        Files.createDirectories(path);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
    }

    /** The socket's address. */
    public Path socket() {
        return path.resolve(SOCKET);
    }

    /** Where the daemon notes what is open, for the one that goes on after it. */
    public Path journal() {
        return path.resolve(JOURNAL);
    }

    /** Writes what others may know without asking the daemon. */
    public void write(Map<String, ?> facts) throws IOException {
        write(FACTS, facts);
    }

    /** Writes what the daemon that goes on after this one has to know. */
    public void writeState(Map<String, ?> facts) throws IOException {
        write(STATE, facts);
    }

    private void write(String name, Map<String, ?> facts) throws IOException {
        Path temporary = path.resolve(name + ".new");
        Files.writeString(temporary, Json.pretty(facts) + "\n");
        Files.move(temporary, path.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    /** What was written, or empty if there is no such mount. */
    public Optional<Map<String, @Nullable Object>> facts() throws IOException {
        return read(FACTS);
    }

    /** What the daemon before has written for this one; empty if there was none. */
    public Optional<Map<String, @Nullable Object>> state() throws IOException {
        return read(STATE);
    }

    private Optional<Map<String, @Nullable Object>> read(String name) throws IOException {
        try {
            Object facts = Json.read(Files.readString(path.resolve(name)));
            if (!(facts instanceof Map<?, ?> map)) {
                throw CliException.failed(path.resolve(name) + " is damaged; remove it if nothing is mounted there");
            }
            Map<String, @Nullable Object> copy = new java.util.LinkedHashMap<>();
            map.forEach((key, value) -> copy.put(String.valueOf(key), value));
            return Optional.of(copy);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Whether the daemon that wrote the facts still runs. */
    public boolean alive() throws IOException {
        boolean running = facts().map(facts -> facts.get("pid"))
                .filter(Long.class::isInstance)
                .map(Long.class::cast)
                .flatMap(ProcessHandle::of)
                .map(ProcessHandle::isAlive)
                .orElse(false);
        return running && listens();
    }

    /** Whether somebody listens on the socket: a process that was killed, or that has a dead daemon's number, does not. */
    private boolean listens() {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
            return channel.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /** Removes the folder with what is in it. */
    public void remove() throws IOException {
        retire();
        if (Files.isDirectory(journal())) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(journal())) {
                for (Path entry : entries) {
                    Files.deleteIfExists(entry);
                }
            }
            Files.delete(journal());
        }
        Files.deleteIfExists(path);
    }

    /** Removes what tells others of a daemon, which is about to end. */
    public void retire() throws IOException {
        Files.deleteIfExists(socket());
        Files.deleteIfExists(path.resolve(FACTS));
        Files.deleteIfExists(path.resolve(FACTS + ".new"));
        Files.deleteIfExists(path.resolve(STATE));
        Files.deleteIfExists(path.resolve(STATE + ".new"));
    }
}
