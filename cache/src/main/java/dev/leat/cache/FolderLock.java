package dev.leat.cache;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A subfolder of a cache directory that belongs to one daemon while it lives: {@code VOLUME-0}, {@code VOLUME-1}, … Each
 * daemon takes the first one that nobody has locked, with the bytes that an earlier one left in it; the kernel frees the
 * lock of a dead one.
 */
final class FolderLock implements AutoCloseable {
    private static final int FOLDERS_MAX = 64;

    /**
     * Folders that this process has. A lock of the kernel belongs to the process and is lost when any descriptor of the
     * lock file is closed, so the file of a folder that we have must not even be opened again.
     */
    private static final Set<Path> TAKEN = ConcurrentHashMap.newKeySet();

    private final Path path;
    private final FileChannel channel;

    private FolderLock(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /**
     * Takes a subfolder of {@code directory} for the volume.
     *
     * @throws IOException if the directory cannot be used, or 64 daemons have one each already
     */
    static FolderLock take(Path directory, String volume) throws IOException {
        String name = volume.replaceAll("[^A-Za-z0-9._-]", "_");
        for (int i = 0; i < FOLDERS_MAX; i++) {
            Path path = directory.resolve(name + "-" + i);
            Files.createDirectories(path);
            Path real = path.toRealPath();
            if (TAKEN.add(real)) {
                FolderLock lock = null;
                try {
                    lock = tryTake(real);
                } finally {
                    if (lock == null) {
                        TAKEN.remove(real);
                    }
                }
                if (lock != null) {
                    return lock;
                }
            }
        }
        throw new IOException("cache directory " + directory + " is used by " + FOLDERS_MAX
                + " daemons of this volume already; give another --cache-dir");
    }

    private static @Nullable FolderLock tryTake(Path path) throws IOException {
        FileChannel channel =
                FileChannel.open(path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean taken = false;
        try {
            FileLock lock = channel.tryLock();
            taken = lock != null;
        } finally {
            if (!taken) {
                channel.close();
            }
        }
        return taken ? new FolderLock(path, channel) : null;
    }

    Path path() {
        return path;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            TAKEN.remove(path);
        }
    }
}
