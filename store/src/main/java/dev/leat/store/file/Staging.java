package dev.leat.store.file;

import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The place where files are written before they get their names, inside the store's own file system so that a name is
 * one link(2) or rename(2) away.
 *
 * <p>Each open store has a folder here and holds a record lock on a file beside it as long as it lives. A folder whose lock
 * is free belongs to a dead process and is swept.
 */
final class Staging implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Staging.class);

    /** Folders of this process: a record lock does not keep a process out of its own files. */
    private static final Set<String> OWN = ConcurrentHashMap.newKeySet();

    /** Heap buffers pass through a direct copy that the JDK keeps per thread; this bounds it. */
    private static final int CHUNK_BYTES = 1 << 20;

    private final Root root;
    private final Path directory;
    private final AtomicLong sequence = new AtomicLong();
    private final ReentrantLock opening = new ReentrantLock();
    private volatile @Nullable Folder folder;
    private volatile boolean closed;

    private record Folder(String name, Path path, Path lockFile, FileChannel lock) {}

    Staging(Root root, Path directory) {
        this.root = root;
        this.directory = directory;
    }

    /** A path of its own for a file or folder that is not there yet. */
    Path fresh() throws IOException {
        Folder at = folder;
        if (at == null) {
            at = openFolder();
        }
        return at.path.resolve(Long.toString(sequence.incrementAndGet()));
    }

    /** Writes a new file and makes its bytes durable; leaves nothing on failure. */
    Path write(ByteBuffer body) throws IOException {
        Path file = fresh();
        try {
            try (FileChannel channel = create(file)) {
                writeFully(channel, 0, body);
                Stat.stamp(file);
                channel.force(true);
            }
            return file;
        } catch (IOException e) {
            discard(file);
            throw e;
        }
    }

    /** Writes all of {@code body}; its position is not moved. */
    static void writeFully(FileChannel channel, long offset, ByteBuffer body) throws IOException {
        ByteBuffer from = body.duplicate();
        int limit = from.limit();
        long at = offset;
        while (from.position() < limit) {
            from.limit(from.isDirect() ? limit : Math.min(limit, from.position() + CHUNK_BYTES));
            at += channel.write(from, at);
        }
    }

    /** Fills {@code destination}; false if the file ends before. */
    static boolean readFully(FileChannel channel, long offset, ByteBuffer destination) throws IOException {
        int limit = destination.limit();
        long at = offset;
        try {
            while (destination.position() < limit) {
                destination.limit(
                        destination.isDirect() ? limit : Math.min(limit, destination.position() + CHUNK_BYTES));
                int read = channel.read(destination, at);
                if (read < 0) {
                    return false;
                }
                at += read;
            }
            return true;
        } finally {
            destination.limit(limit);
        }
    }

    /** Deletes a file or folder that will not get a name; what cannot be deleted is swept later. */
    static void discard(Path path) {
        try {
            if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                try (DirectoryStream<Path> inner = Files.newDirectoryStream(path)) {
                    inner.forEach(Staging::discard);
                }
            }
            Files.deleteIfExists(path);
        } catch (IOException e) {
            LOG.warn("left behind until the next start: {} ({})", path, e.toString());
        }
    }

    private FileChannel create(Path file) throws IOException {
        try {
            return FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
        } catch (NoSuchFileException e) {
            // Somebody removed the folder by hand, or the file system was unmounted below us.
            root.check();
            Path parent = file.getParent();
            if (parent == null) {
                throw e;
            }
            Files.createDirectories(parent);
            return FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
        }
    }

    private Folder openFolder() throws IOException {
        opening.lock();
        try {
            Folder at = folder;
            if (at != null) {
                return at;
            }
            root.check();
            Files.createDirectories(directory);
            sweep();
            while (true) {
                at = tryOpenFolder();
                if (at != null) {
                    folder = at;
                    return at;
                }
            }
        } finally {
            opening.unlock();
        }
    }

    /** Makes and locks a folder; null if a sweeper took the lock file between its creation and its lock. */
    private @Nullable Folder tryOpenFolder() throws IOException {
        if (closed) {
            throw new StoreException(Kind.INVALID, "the store is closed");
        }
        String name = UUID.randomUUID().toString();
        Path lockFile = directory.resolve(name + ".lock");
        OWN.add(name);
        FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
        try {
            tryLock(channel);
            if (Files.exists(lockFile)) {
                return new Folder(name, Files.createDirectory(directory.resolve(name)), lockFile, channel);
            }
        } catch (IOException e) {
            channel.close();
            OWN.remove(name);
            Files.deleteIfExists(lockFile);
            throw e;
        }
        channel.close();
        OWN.remove(name);
        return null;
    }

    /** Removes what dead processes left. */
    void sweep() {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (DirectoryStream<Path> locks = Files.newDirectoryStream(directory, "*.lock")) {
            for (Path lockFile : locks) {
                String file = String.valueOf(lockFile.getFileName());
                String name = file.substring(0, file.length() - ".lock".length());
                if (!OWN.contains(name)) {
                    sweep(lockFile, directory.resolve(name));
                }
            }
        } catch (IOException e) {
            LOG.warn("cannot look for what dead processes left in {}: {}", directory, e.toString());
        }
    }

    private static void sweep(Path lockFile, Path folder) {
        try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.WRITE)) {
            if (tryLock(channel) == Held.HERE) {
                discard(folder);
                Files.deleteIfExists(lockFile);
            }
        } catch (IOException e) {
            LOG.debug("{} is being removed by another process", lockFile, e);
        }
    }

    private enum Held {
        HERE,
        ELSEWHERE,
        UNKNOWN
    }

    private static Held tryLock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock == null ? Held.ELSEWHERE : Held.HERE;
        } catch (OverlappingFileLockException e) {
            return Held.ELSEWHERE;
        } catch (IOException e) {
            if (Failures.isUnsupported(e)) {
                return Held.UNKNOWN;
            }
            throw e;
        }
    }

    @Override
    public void close() {
        opening.lock();
        try {
            closed = true;
            Folder at = folder;
            if (at != null) {
                folder = null;
                discard(at.path);
                discard(at.lockFile);
                at.lock.close();
                OWN.remove(at.name);
            }
        } catch (IOException e) {
            LOG.warn("cannot close {}: {}", directory, e.toString());
        } finally {
            opening.unlock();
        }
    }
}
