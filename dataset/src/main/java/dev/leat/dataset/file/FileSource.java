package dev.leat.dataset.file;

import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.Facts;
import dev.leat.dataset.source.Source;
import dev.leat.dataset.source.SourceEntry;
import dev.leat.store.Requests;
import dev.leat.store.RetryPolicy;
import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import dev.leat.store.StoreLimits;
import dev.leat.store.StoreMetrics;
import dev.leat.store.StoreOperation;
import dev.leat.sys.Errno;
import dev.leat.sys.ErrnoException;
import dev.leat.sys.FileHandle;
import dev.leat.sys.FileStat;
import dev.leat.sys.Fs;
import dev.leat.sys.Open;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A mounted directory, local or of any network file system, read by plain file reads. A version is told by the time of the
 * last change, the length and the inode number, looked at before and after each read.
 *
 * <p>Symbolic links are shown as links, and nothing here follows one: each name on the way to a file is opened for itself,
 * so that nobody who may write in the directory can lead this process out of it. Pipes, sockets and devices are left out.
 *
 * <p>Concurrency: the calls that may wait for a disk or a server run on threads of their own ({@link DiskThreads}).
 */
public final class FileSource implements Source {
    private static final int TYPE_MASK = 0170000;
    private static final int TYPE_LINK = 0120000;
    private static final int MODE_MASK = 07777;

    private final Path root;
    private final Requests requests;
    private final DiskThreads threads = new DiskThreads();

    /**
     * Reads from a directory.
     *
     * @throws StoreException if there is no such directory
     */
    public FileSource(Path root, StoreLimits limits, RetryPolicy retries) throws StoreException {
        if (!Files.isDirectory(root)) {
            throw new StoreException(Kind.NOT_FOUND, "there is no directory " + root);
        }
        try {
            this.root = root.toRealPath();
        } catch (IOException e) {
            throw new StoreException(Kind.DENIED, "cannot use the directory " + root + ": " + e.getMessage(), e);
        }
        this.requests = new Requests(location(), limits, retries);
    }

    @Override
    public String location() {
        return "file://" + root;
    }

    @Override
    public String kind() {
        return "file";
    }

    private interface Work<T> {
        T run() throws IOException;
    }

    private <T> T call(StoreOperation operation, String path, long bytes, Work<T> work) throws StoreException {
        return requests.call(operation, bytes, () -> {
            try {
                return threads.call(work::run);
            } catch (IOException e) {
                throw failure(path, e);
            }
        });
    }

    private StoreException failure(String path, IOException cause) {
        if (cause instanceof StoreException known) {
            return known;
        }
        String where = "cannot read " + root.resolve(path) + ": " + cause.getMessage();
        if (!(cause instanceof ErrnoException failed)) {
            return new StoreException(Kind.UNAVAILABLE, where, cause);
        }
        return switch (failed.errno()) {
            // A name on the way that is a link, or a file, is no way to what was asked for.
            case ENOENT, ENOTDIR, ELOOP -> new StoreException(Kind.NOT_FOUND, where, cause);
            case EACCES, EPERM -> new StoreException(Kind.DENIED, where, cause);
            case ENAMETOOLONG -> new StoreException(Kind.INVALID, where, cause);
            case ESTALE -> new StoreException(Kind.PRECONDITION_FAILED, where, cause);
            default -> new StoreException(Kind.UNAVAILABLE, where, cause);
        };
    }

    /** The directory of that path, opened name by name. */
    private FileHandle directory(String path) throws IOException {
        int fd = Fs.open(root, Open.RDONLY | Open.DIRECTORY, 0);
        try {
            for (String name : path.split("/")) {
                if (!name.isEmpty()) {
                    int next = Fs.openat(fd, name, Open.RDONLY | Open.DIRECTORY | Open.NOFOLLOW, 0);
                    Fs.closeQuietly(fd);
                    fd = next;
                }
            }
        } catch (ErrnoException e) {
            Fs.closeQuietly(fd);
            throw e;
        }
        return FileHandle.adopt(fd, root.resolve(path).toString());
    }

    private static String parent(String path) {
        int slash = path.lastIndexOf('/');
        return slash < 0 ? "" : path.substring(0, slash);
    }

    private static String name(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    @Override
    public void list(String directory, Sink sink) throws StoreException {
        // Repeated, the listing would give names twice: only what is not begun is tried again.
        boolean[] begun = new boolean[1];
        StoreException[] late = new StoreException[1];
        call(StoreOperation.LIST, directory, 0, () -> {
            try {
                listOnce(directory, entry -> {
                    begun[0] = true;
                    return sink.take(entry);
                });
            } catch (IOException e) {
                if (!begun[0]) {
                    throw e;
                }
                late[0] = failure(directory, e);
            }
            return true;
        });
        if (late[0] != null) {
            throw late[0];
        }
    }

    private void listOnce(String directory, Sink sink) throws IOException {
        try (FileHandle opened = directory(directory);
                DirectoryStream<Path> names =
                        Files.newDirectoryStream(Path.of("/proc/self/fd/" + opened.descriptor()))) {
            for (Path each : names) {
                Path last = Objects.requireNonNull(each.getFileName(), "a name in a directory");
                Facts facts = listed(each);
                if (facts != null && !sink.take(new SourceEntry(last.toString(), facts))) {
                    return;
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    /** Null for what is not shown, or was removed since. */
    private static @Nullable Facts listed(Path entry) throws IOException {
        try {
            return facts(Fs.lstat(entry), entry);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
            // A name that is no text cannot be asked for, but it is there.
            return entry.toString().indexOf('\uFFFD') >= 0 ? Facts.file(Facts.UNKNOWN, Facts.UNKNOWN, null) : null;
        }
    }

    private static @Nullable Facts facts(FileStat stat, Path entry) throws IOException {
        long modifiedMs = stat.mtimeSec() * 1_000 + stat.mtimeNsec() / 1_000_000;
        Facts.Permission owner = new Facts.Permission(stat.uid(), stat.gid(), stat.mode() & MODE_MASK);
        if (stat.isDirectory()) {
            return new Facts(EntryKind.DIRECTORY, 0, modifiedMs, null, owner, null);
        }
        if (stat.isRegular()) {
            return new Facts(EntryKind.FILE, stat.size(), modifiedMs, validator(stat), owner, null);
        }
        if ((stat.mode() & TYPE_MASK) == TYPE_LINK) {
            String target = Files.readSymbolicLink(entry).toString();
            return new Facts(EntryKind.LINK, stat.size(), modifiedMs, validator(stat), owner, target);
        }
        return null;
    }

    private static String validator(FileStat stat) {
        return stat.mtimeSec() + "." + stat.mtimeNsec() + "-" + stat.size() + "-" + stat.ino();
    }

    @Override
    public Facts facts(String path) throws StoreException {
        return call(StoreOperation.HEAD, path, 0, () -> {
            if (path.isEmpty()) {
                return Objects.requireNonNull(facts(Fs.lstat(root), root));
            }
            try (FileHandle directory = directory(parent(path))) {
                Path entry = Path.of("/proc/self/fd/" + directory.descriptor(), name(path));
                Facts facts = facts(Fs.lstat(entry), entry);
                if (facts == null) {
                    throw new StoreException(Kind.NOT_FOUND, root.resolve(path) + " is a pipe, socket or device");
                }
                return facts;
            }
        });
    }

    @Override
    public void read(String path, Facts version, long offset, ByteBuffer destination) throws StoreException {
        int position = destination.position();
        int length = destination.remaining();
        call(StoreOperation.GET, path, length, () -> {
            destination.position(position);
            try (FileHandle directory = directory(parent(path));
                    FileHandle file = FileHandle.adopt(
                            Fs.openat(
                                    directory.descriptor(), name(path), Open.RDONLY | Open.NOFOLLOW | Open.NONBLOCK, 0),
                            path)) {
                check(path, file, version);
                fill(path, file, offset, destination);
                check(path, file, version);
            }
            return true;
        });
    }

    private void check(String path, FileHandle file, Facts version) throws IOException {
        FileStat stat = file.stat();
        if (!stat.isRegular() || !validator(stat).equals(version.validator())) {
            throw new StoreException(
                    Kind.PRECONDITION_FAILED, root.resolve(path) + " is another version by now: it has changed");
        }
    }

    private void fill(String path, FileHandle file, long offset, ByteBuffer destination) throws IOException {
        int length = destination.remaining();
        long got;
        if (destination.isDirect()) {
            got = file.pread(MemorySegment.ofBuffer(destination), offset);
            destination.position(destination.position() + (int) got);
        } else {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment bytes = arena.allocate(length);
                got = file.pread(bytes, offset);
                destination.put(bytes.asSlice(0, got).asByteBuffer());
            }
        }
        if (got < length) {
            throw new StoreException(
                    Kind.PRECONDITION_FAILED, root.resolve(path) + " is another version by now: it became shorter");
        }
    }

    @Override
    public StoreMetrics metrics() {
        return requests.metrics();
    }

    @Override
    public long retries() {
        return requests.retries();
    }

    @Override
    public long refusedRetries() {
        return requests.refusedByBudget();
    }

    @Override
    public void close() {
        threads.close();
    }
}
