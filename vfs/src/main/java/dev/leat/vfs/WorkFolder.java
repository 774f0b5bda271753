package dev.leat.vfs;

import dev.leat.sys.Errno;
import dev.leat.sys.ErrnoException;
import dev.leat.sys.Fs;
import dev.leat.sys.Open;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A folder of work files with a lock, which the kernel frees when the process that has it dies.
 *
 * @param path the folder
 * @param lock descriptor of the locked file
 */
record WorkFolder(Path path, int lock) implements AutoCloseable {
    private static final String LOCK = "lock";
    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;

    /** How long a process that was killed may take to be gone. */
    private static final Duration DYING = Duration.ofSeconds(10);

    private static final Duration LOOK = Duration.ofMillis(50);

    /** Makes it where it is missing, and locks it. */
    static WorkFolder open(Path path) throws IOException {
        Files.createDirectories(path);
        long end = System.nanoTime() + DYING.toNanos();
        WorkFolder folder = tryOpen(path);
        while (folder == null) {
            if (System.nanoTime() > end) {
                throw new IOException(path + " is in use by another mount: give each its own --work-dir");
            }
            LockSupport.parkNanos(LOOK.toNanos());
            folder = tryOpen(path);
        }
        return folder;
    }

    private static @Nullable WorkFolder tryOpen(Path path) throws IOException {
        int descriptor = Fs.open(path.resolve(LOCK), Open.RDWR | Open.CREAT | Open.CLOEXEC, 0600);
        try {
            Fs.flock(descriptor, LOCK_EX | LOCK_NB);
            return new WorkFolder(path, descriptor);
        } catch (ErrnoException e) {
            Fs.closeQuietly(descriptor);
            if (e.errno() == Errno.EAGAIN) {
                return null;
            }
            throw e;
        }
    }

    /** Whether an earlier mount may have left something to publish, here or in a folder beside. */
    boolean hasIntents() throws IOException {
        if (Files.exists(path.resolve(IntentLog.FILE))) {
            return true;
        }
        List<WorkFolder> others = abandoned();
        others.forEach(WorkFolder::close);
        return !others.isEmpty();
    }

    /** The other folders of this volume that have intents and belong to no living mount; each is locked. */
    List<WorkFolder> abandoned() throws IOException {
        List<WorkFolder> found = new ArrayList<>();
        Path parent = path.toAbsolutePath().getParent();
        if (parent == null) {
            return found;
        }
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(parent, Files::isDirectory)) {
            for (Path folder : folders) {
                if (!folder.getFileName().equals(path.getFileName()) && Files.exists(folder.resolve(IntentLog.FILE))) {
                    WorkFolder other = tryOpen(folder);
                    if (other != null) {
                        found.add(other);
                    }
                }
            }
        }
        return found;
    }

    /** Removes the folder with all that is in it. */
    void remove() throws IOException {
        // The intents first: without them the rest means nothing.
        Files.deleteIfExists(path.resolve(IntentLog.FILE));
        try (DirectoryStream<Path> files = Files.newDirectoryStream(path)) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(path);
    }

    @Override
    public void close() {
        Fs.closeQuietly(lock);
    }
}
