package dev.leat.cli.dataset;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A folder for files that a command needs while it runs; it goes with the command, also when that is interrupted. */
final class ScratchFolder implements AutoCloseable {
    private final Path path;
    private final Thread hook = new Thread(this::delete, "scratch");

    /** @param parent where to make it; null for the folder for temporary files */
    ScratchFolder(@Nullable Path parent) throws IOException {
        this.path = parent == null
                ? Files.createTempDirectory("leat-dataset-")
                : Files.createTempDirectory(Files.createDirectories(parent), "leat-dataset-");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    Path path() {
        return path;
    }

    private void delete() {
        try (Stream<Path> files = Files.list(path)) {
            List<Path> left = files.toList();
            for (Path file : left) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(path);
        } catch (IOException e) {
            // A file for a moment more is no reason to fail.
        }
    }

    @Override
    public void close() {
        delete();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The program ends already, and the hook finds nothing.
        }
    }
}
