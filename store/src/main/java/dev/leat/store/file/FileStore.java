package dev.leat.store.file;

import dev.leat.store.DeleteFailure;
import dev.leat.store.ListPage;
import dev.leat.store.MultipartUpload;
import dev.leat.store.ObjectInfo;
import dev.leat.store.ObjectStore;
import dev.leat.store.PendingUpload;
import dev.leat.store.PutCondition;
import dev.leat.store.StoreCapabilities;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A directory as an object store: local, or on NFS, Lustre, BeeGFS, CephFS, Weka. The key {@code a/b} is the file {@code b}
 * in the directory {@code a}, so existing trees are stores too.
 *
 * <p>A put writes a file beside the tree, makes it durable, gives it its name by link(2) or rename(2) and makes the name
 * durable; many puts into one directory share an fsync of it. Several processes may use one directory: a comparison
 * ({@link PutCondition.IfMatch}) holds against all that write through this class, while other programs that write in place
 * are noticed by their change of size or modification time.
 *
 * <p>What differs from a bucket, because directories differ: no key lies below another ({@code a} and {@code a/b}), and a part
 * between slashes has at most 255 bytes; both are refused as INVALID. Calls end when the file system answers; only
 * waiting for another process is bounded, to 30 s.
 */
public final class FileStore implements ObjectStore {
    /** The folder, inside a store's directory, that holds its locks and what is on its way; no key may lie in it. */
    public static final String OWN_FOLDER = Root.HIDDEN;

    /** Parts and bodies are buffers, so at most 2 GiB; 10,000 parts and batches of 1,000 as in S3, to behave alike. */
    private static final StoreCapabilities CAPABILITIES =
            new StoreCapabilities(true, 1, Integer.MAX_VALUE, 10_000, Integer.MAX_VALUE, 1000);

    private static final int PENDING_MAX = 1000;

    private final Root root;
    private final Staging staging;
    private final Uploads uploads;
    private final Publisher publisher;
    private final Listing listing;
    private volatile boolean closed;

    private FileStore(Root root) {
        this.root = root;
        this.staging = new Staging(root, root.hidden("staging"));
        this.uploads = new Uploads(root.hidden("uploads"), staging);
        this.publisher = new Publisher(root, new KeyLocks(root, root.hidden("locks")), new DirectorySync(root.path()));
        this.listing = new Listing(root);
    }

    /**
     * Opens a directory as a store.
     *
     * @param directory an existing directory
     * @throws StoreException of kind NOT_FOUND if there is none, INVALID if it is something else
     */
    public static FileStore open(Path directory) throws StoreException {
        Path path = directory.toAbsolutePath().normalize();
        try {
            if (!Files.isDirectory(path)) {
                throw Files.exists(path)
                        ? new StoreException(Kind.INVALID, path + " is a file: give a directory as the store")
                        : new StoreException(
                                Kind.NOT_FOUND, "no directory " + path + ": create it, or mount what belongs there");
            }
            return new FileStore(new Root(path));
        } catch (IOException e) {
            throw Failures.of(e, "open the store", path);
        }
    }

    /** Opens a directory as a store and makes it, with those above it, where it is missing. */
    public static FileStore create(Path directory) throws StoreException {
        try {
            Files.createDirectories(directory);
        } catch (java.nio.file.FileAlreadyExistsException e) {
            throw new StoreException(Kind.INVALID, directory + " is a file: give a directory as the store", e);
        } catch (IOException e) {
            throw Failures.of(e, "make the directory", directory);
        }
        return open(directory);
    }

    @Override
    public StoreCapabilities capabilities() {
        return CAPABILITIES;
    }

    @Override
    public String location() {
        return "file://" + root.path();
    }

    @Override
    public ObjectInfo head(String key) throws StoreException {
        checkOpen();
        Path path = root.resolve(key);
        try {
            return object(key, path).info(key);
        } catch (IOException e) {
            throw failure(e, "look at '" + key + "'");
        }
    }

    @Override
    public void get(String key, long offset, ByteBuffer destination, @Nullable String ifMatch) throws StoreException {
        checkOpen();
        Path path = root.resolve(key);
        if (offset < 0 || !destination.hasRemaining()) {
            throw new StoreException(
                    Kind.INVALID, "'" + key + "': a range begins at 0 or later and has at least 1 byte");
        }
        try {
            // Asked before it is opened: to open a FIFO would wait for its writer.
            Stat before = object(key, path);
            compare(key, before, ifMatch);
            if (destination.remaining() > before.sizeBytes() - offset) {
                throw new StoreException(
                        Kind.INVALID,
                        "'" + key + "' has " + before.sizeBytes() + " bytes, no " + destination.remaining() + " from "
                                + offset);
            }
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
                if (!Staging.readFully(channel, offset, destination)) {
                    throw new StoreException(Kind.CORRUPT, "'" + key + "' became shorter while it was read");
                }
            }
            if (ifMatch != null) {
                // What was opened is what was asked before, if it is still there and unchanged now.
                compare(key, object(key, path), ifMatch);
            }
        } catch (IOException e) {
            throw failure(e, "read '" + key + "'");
        }
    }

    private static void compare(String key, Stat stat, @Nullable String ifMatch) throws StoreException {
        if (ifMatch != null && !ifMatch.equals(stat.etag())) {
            throw new StoreException(
                    Kind.PRECONDITION_FAILED, "'" + key + "' has the validator " + stat.etag() + ", not " + ifMatch);
        }
    }

    private static Stat object(String key, Path path) throws IOException {
        Stat stat = Stat.of(path);
        if (!stat.isObject()) {
            throw new java.nio.file.NoSuchFileException(key);
        }
        return stat;
    }

    @Override
    public ObjectInfo put(String key, ByteBuffer body, PutCondition condition) throws StoreException {
        checkOpen();
        Path target = root.resolve(key);
        try {
            publisher.precheck(key, target, condition);
            Path file = staging.write(body);
            try {
                Stat stat = Stat.of(file);
                publisher.publish(file, key, target, condition);
                return stat.info(key);
            } catch (IOException e) {
                Staging.discard(file);
                throw e;
            }
        } catch (IOException e) {
            throw failure(e, "write '" + key + "'");
        }
    }

    @Override
    public MultipartUpload upload(String key) throws StoreException {
        checkOpen();
        Path target = root.resolve(key);
        try {
            String id = uploads.begin(key);
            return new FileUpload(this, id, key, target, uploads.folder(id));
        } catch (IOException e) {
            throw failure(e, "begin the upload of '" + key + "'");
        }
    }

    @Override
    public List<DeleteFailure> delete(Collection<String> keys) throws StoreException {
        checkOpen();
        List<DeleteFailure> failures = new ArrayList<>();
        Map<Path, List<String>> touched = new LinkedHashMap<>();
        for (String key : new HashSet<>(keys)) {
            try {
                Path target = root.resolve(key);
                Path parent = target.getParent();
                if (publisher.remove(key, target) && parent != null) {
                    touched.computeIfAbsent(parent, _ -> new ArrayList<>()).add(key);
                }
            } catch (IOException e) {
                failures.add(new DeleteFailure(
                        key, String.valueOf(failure(e, "delete '" + key + "'").getMessage())));
            }
        }
        touched.forEach((parent, deleted) -> {
            try {
                publisher.prune(parent);
            } catch (IOException e) {
                String reason =
                        String.valueOf(failure(e, "make a deletion durable").getMessage());
                deleted.forEach(key -> failures.add(new DeleteFailure(key, reason)));
            }
        });
        return failures;
    }

    @Override
    public ListPage list(String prefix, @Nullable String delimiter, @Nullable String after, int limit)
            throws StoreException {
        checkOpen();
        if (limit < 1 || limit > 1000) {
            throw new StoreException(Kind.INVALID, "a page has 1 to 1,000 entries, not " + limit);
        }
        if (delimiter != null && !delimiter.equals("/")) {
            throw new StoreException(Kind.INVALID, "listings are folded at '/' only, not at '" + delimiter + "'");
        }
        try {
            root.check();
            return listing.page(prefix, delimiter != null, after, limit);
        } catch (IOException e) {
            throw failure(e, "list '" + prefix + "'");
        }
    }

    @Override
    public List<PendingUpload> pendingUploads(String prefix) throws StoreException {
        checkOpen();
        try {
            root.check();
            return uploads.list(prefix, PENDING_MAX);
        } catch (IOException e) {
            throw failure(e, "list the pending uploads");
        }
    }

    @Override
    public void abort(PendingUpload upload) throws StoreException {
        checkOpen();
        try {
            uploads.remove(upload.id());
        } catch (IOException e) {
            throw failure(e, "abort the upload of '" + upload.key() + "'");
        }
    }

    @Override
    public void close() {
        closed = true;
        staging.close();
    }

    Publisher publisher() {
        return publisher;
    }

    Uploads uploads() {
        return uploads;
    }

    void checkOpen() throws StoreException {
        if (closed) {
            throw new StoreException(Kind.INVALID, "the store " + location() + " is closed");
        }
    }

    /** What a failure means; a missing object is reported only while the directory itself is there. */
    StoreException failure(IOException cause, String doing) {
        StoreException failure = Failures.of(cause, doing, root.path());
        if (failure.kind() == Kind.NOT_FOUND) {
            try {
                root.check();
            } catch (StoreException gone) {
                return gone;
            }
        }
        return failure;
    }
}
