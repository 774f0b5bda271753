package dev.leat.store.file;

import dev.leat.store.PutCondition;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives finished files their names and takes names away: each in one step that others see whole or not at all, durable
 * before it returns.
 *
 * <p>Concurrency: IF_ABSENT is link(2), which the kernel makes exclusive. Replacing and deleting take the key's lock, so
 * that a comparison holds until the rename behind it. Directories come with their first object and go with their last; a
 * put that finds its directory just removed makes it again.
 */
final class Publisher {
    private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);

    /** Each further try means that another process removed the directory in between; so many in a row are a livelock. */
    private static final int TRIES_MAX = 1000;

    private final Root root;
    private final KeyLocks locks;
    private final DirectorySync names;
    private final AtomicBoolean noLinks = new AtomicBoolean();

    Publisher(Root root, KeyLocks locks, DirectorySync names) {
        this.root = root;
        this.locks = locks;
        this.names = names;
    }

    /** Fails early if the condition cannot hold, to spare the writing. */
    void precheck(String key, Path target, PutCondition condition) throws IOException {
        switch (condition) {
            case PutCondition.Always _ -> {}
            case PutCondition.IfAbsent _ -> {
                if (Files.isRegularFile(target)) {
                    throw exists(key);
                }
            }
            case PutCondition.IfMatch match -> compare(key, target, match);
        }
    }

    /** Moves {@code file}, whose bytes are durable, to {@code target}. On failure the file is still where it was. */
    void publish(Path file, String key, Path target, PutCondition condition) throws IOException {
        Path parent = Root.parent(target);
        for (int tries = 0; tries < TRIES_MAX; tries++) {
            try {
                place(file, key, target, condition);
                names.sync(parent);
                return;
            } catch (NoSuchFileException e) {
                if (!Files.exists(file)) {
                    root.check();
                    throw new StoreException(
                            Kind.NOT_FOUND, "the upload of '" + key + "' was aborted by another process", e);
                }
                createDirectory(key, parent);
            } catch (IOException e) {
                if (Failures.isObjectAsDirectory(e)) {
                    throw inTheWay(key, "a part of its path is an object");
                } else if (!Failures.isDirectoryInTheWay(e) || !removeEmpty(target)) {
                    throw Failures.isDirectoryInTheWay(e) ? inTheWay(key, "it has objects below it") : e;
                }
            }
        }
        throw new StoreException(
                Kind.UNAVAILABLE, "the directory of '" + key + "' in " + root.path() + " is removed again and again");
    }

    private void place(Path file, String key, Path target, PutCondition condition) throws IOException {
        switch (condition) {
            case PutCondition.Always _ -> locks.locked(key, () -> rename(file, target));
            case PutCondition.IfAbsent _ -> placeIfAbsent(file, key, target);
            case PutCondition.IfMatch match ->
                locks.locked(key, () -> {
                    compare(key, target, match);
                    rename(file, target);
                });
        }
    }

    private void placeIfAbsent(Path file, String key, Path target) throws IOException {
        if (!noLinks.get()) {
            try {
                Files.createLink(target, file);
                Files.delete(file);
                return;
            } catch (FileAlreadyExistsException e) {
                if (Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
                    throw new DirectoryNotEmptyException(target.toString());
                }
                throw exists(key);
            } catch (UnsupportedOperationException e) {
                noLinks.set(true);
            } catch (IOException e) {
                if (!Failures.isUnsupported(e) || !Files.exists(file)) {
                    throw e;
                }
                LOG.info("{} has no hard links ({}): new objects are placed under a lock", root.path(), e.toString());
                noLinks.set(true);
            }
        }
        locks.locked(key, () -> {
            if (Files.exists(target, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(target)) {
                throw exists(key);
            }
            rename(file, target);
        });
    }

    private static void rename(Path file, Path target) throws IOException {
        Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void compare(String key, Path target, PutCondition.IfMatch match) throws IOException {
        String etag;
        try {
            Stat stat = Stat.of(target);
            etag = stat.isObject() ? stat.etag() : "";
        } catch (NoSuchFileException e) {
            etag = "";
        } catch (IOException e) {
            if (!Failures.isObjectAsDirectory(e)) {
                throw e;
            }
            etag = "";
        }
        if (!etag.equals(match.etag())) {
            throw new StoreException(
                    Kind.PRECONDITION_FAILED,
                    "'" + key + "' " + (etag.isEmpty() ? "is gone" : "has the validator " + etag) + ", not "
                            + match.etag());
        }
    }

    /** Makes a directory of the store with those above it, never the store's own. */
    private void createDirectory(String key, Path directory) throws IOException {
        if (directory.equals(root.path())) {
            root.check();
            return;
        }
        try {
            Files.createDirectory(directory);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(directory) && Files.exists(directory)) {
                throw inTheWay(key, root.path().relativize(directory) + " is an object");
            }
        } catch (NoSuchFileException e) {
            createDirectory(key, Root.parent(directory));
        }
    }

    /** Removes a key's file; true if there was one. The name's end is durable only after {@link #prune}. */
    boolean remove(String key, Path target) throws IOException {
        boolean[] removed = {false};
        try {
            locks.locked(key, () -> {
                if (!Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
                    removed[0] = Files.deleteIfExists(target);
                }
            });
        } catch (IOException e) {
            if (!Failures.isObjectAsDirectory(e) && !Failures.isDirectoryInTheWay(e)) {
                throw e;
            }
        }
        return removed[0];
    }

    /** Removes {@code directory} and those above it as far as they are empty, and makes all removals in it durable. */
    void prune(Path directory) throws IOException {
        Path at = directory;
        while (true) {
            while (!at.equals(root.path()) && removeEmpty(at)) {
                at = Root.parent(at);
            }
            try {
                names.sync(at);
                return;
            } catch (NoSuchFileException e) {
                // Another caller removed it meanwhile; then the removal above it is what must be durable.
                if (at.equals(root.path())) {
                    root.check();
                    throw e;
                }
                at = Root.parent(at);
            }
        }
    }

    /** Whether the directory is gone after the call: it was empty, or another caller removed it. */
    private boolean removeEmpty(Path directory) throws IOException {
        if (Files.isSymbolicLink(directory)) {
            return false;
        }
        names.forget(directory);
        try {
            Files.delete(directory);
            return true;
        } catch (NoSuchFileException e) {
            return true;
        } catch (IOException e) {
            if (Failures.isDirectoryInTheWay(e)) {
                return false;
            }
            LOG.debug("cannot remove the empty directory {}", directory, e);
            return false;
        } finally {
            names.forget(directory);
        }
    }

    private StoreException inTheWay(String key, String why) {
        return new StoreException(
                Kind.INVALID,
                "'" + key + "' cannot be an object in " + root.path() + ": " + why + ", and a directory holds either");
    }

    private static StoreException exists(String key) {
        return new StoreException(Kind.PRECONDITION_FAILED, "'" + key + "' exists already");
    }
}
