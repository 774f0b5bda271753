package dev.leat.dataset;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;

/** Somebody who changes files in a folder, which a server may show. */
final class FolderTree {
    private final Path root;

    FolderTree(Path root) {
        this.root = root;
    }

    /** Writes a file; each version has another second of change, since some servers tell versions apart by that alone. */
    void put(String path, byte[] bytes) throws IOException {
        Path file = root.resolve(path);
        FileTime before = Files.exists(file) ? Files.getLastModifiedTime(file) : null;
        makeDirectory(Objects.requireNonNull(file.getParent()));
        Files.write(file, bytes);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        if (before != null) {
            Files.setLastModifiedTime(file, FileTime.fromMillis(before.toMillis() - 5_000));
        }
    }

    private void makeDirectory(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            makeDirectory(Objects.requireNonNull(directory.getParent()));
            Files.createDirectory(directory);
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    void remove(String path) throws IOException {
        Files.delete(root.resolve(path));
    }
}
