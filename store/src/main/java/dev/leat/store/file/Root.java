package dev.leat.store.file;

import dev.leat.store.Keys;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The directory that is used as a store, and the way from keys to paths in it. */
final class Root {
    /** Holds what is no object: files being written, pending uploads, locks. No key has such a part. */
    static final String HIDDEN = ".leat-store";

    private final Path path;
    private final @Nullable Object identity;

    Root(Path path) throws IOException {
        this.path = path;
        this.identity = identity(path);
    }

    Path path() {
        return path;
    }

    /** Where the store keeps what is no object. */
    Path hidden(String name) {
        return path.resolve(HIDDEN).resolve(name);
    }

    /** The path of a key. */
    Path resolve(String key) throws StoreException {
        Keys.check(key);
        if (hasHiddenPart(key)) {
            throw new StoreException(
                    Kind.INVALID, "'" + key + "' is no key of a directory: the name " + HIDDEN + " is reserved");
        }
        try {
            return path.resolve(key);
        } catch (InvalidPathException e) {
            throw new StoreException(
                    Kind.INVALID,
                    "'" + key + "' cannot be a file name in this locale: set LC_ALL=C.UTF-8 for the process",
                    e);
        }
    }

    /** The directory that holds a path below the root. */
    static Path parent(Path path) {
        Path parent = path.getParent();
        if (parent == null) {
            throw new IllegalArgumentException("outside of the store: " + path);
        }
        return parent;
    }

    /** Whether a key or a prefix of one leads into what is hidden. */
    static boolean hasHiddenPart(String key) {
        return key.contains(HIDDEN) && ("/" + key + "/").contains("/" + HIDDEN + "/");
    }

    /**
     * Makes sure that the directory is the one that was opened. An unmounted file system leaves an empty mount point: its
     * objects are not gone, and new ones must not be written below it.
     */
    void check() throws StoreException {
        try {
            if (Objects.equals(identity(path), identity)) {
                return;
            }
        } catch (NoSuchFileException e) {
            throw gone(e);
        } catch (IOException e) {
            throw Failures.of(e, "see the directory itself", path);
        }
        throw gone(null);
    }

    private StoreException gone(@Nullable Throwable cause) {
        return new StoreException(
                Kind.UNAVAILABLE,
                path + " is no longer the directory that was opened: check that its file system is mounted",
                cause);
    }

    private static @Nullable Object identity(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    }
}
