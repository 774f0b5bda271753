package dev.leat.vfs;

import dev.leat.meta.fs.FsException;
import dev.leat.sys.Errno;
import dev.leat.sys.ErrnoException;
import dev.leat.sys.FileHandle;
import dev.leat.sys.Open;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/** The directory of work files of one mount. */
final class WorkFiles {
    private static final String SUFFIX = ".work";
    private static final String LOG_SUFFIX = ".log";

    private final WorkFolder folder;
    private final Path directory;
    private final @Nullable Journal journal;

    /**
     * Removes what an earlier daemon left in the directory and nobody was promised.
     *
     * @param kept the inodes whose files are promised
     */
    WorkFiles(WorkFolder folder, @Nullable Journal journal, LongPredicate kept) throws IOException {
        this.folder = folder;
        this.directory = folder.path();
        this.journal = journal;
        boolean promised = Files.exists(directory.resolve(IntentLog.FILE));
        try (DirectoryStream<Path> left = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
            for (Path path : left) {
                long ino = ino(path, SUFFIX);
                boolean goesOn = journal != null && journal.isResumed() && Files.exists(log(journal, ino));
                if (!goesOn && !(promised && kept.test(ino))) {
                    Files.deleteIfExists(path);
                }
            }
        }
    }

    /** Where they lie. */
    WorkFolder folder() {
        return folder;
    }

    private static long ino(Path path, String suffix) {
        String name = String.valueOf(path.getFileName());
        return Long.parseUnsignedLong(name.substring(0, name.length() - suffix.length()), 16);
    }

    Path path(long ino) {
        return directory.resolve(Long.toHexString(ino) + SUFFIX);
    }

    private static Path log(Journal journal, long ino) {
        return journal.folder().resolve(Long.toHexString(ino) + LOG_SUFFIX);
    }

    /**
     * A file that another daemon, which was killed, had not published.
     *
     * @param ino its inode
     * @param content what is in it
     */
    record Left(long ino, WorkLog.Content content) {}

    /** The files that another daemon had not published. */
    List<Left> left() throws IOException {
        List<Left> files = new ArrayList<>();
        if (journal == null || !journal.isResumed()) {
            return files;
        }
        try (DirectoryStream<Path> logs = Files.newDirectoryStream(journal.folder(), "*" + LOG_SUFFIX)) {
            for (Path log : logs) {
                long ino = ino(log, LOG_SUFFIX);
                WorkLog.Content content = WorkLog.read(log);
                if (content.isEmpty() || !Files.exists(path(ino))) {
                    remove(ino);
                } else {
                    files.add(new Left(ino, content));
                }
            }
        }
        return files;
    }

    /** Forgets a file that another daemon left. */
    void remove(long ino) throws IOException {
        if (journal != null) {
            Files.deleteIfExists(log(journal, ino));
        }
        Files.deleteIfExists(path(ino));
    }

    /** Opens a file that another daemon left; {@link WorkFile#changed} has to follow at once. */
    WorkFile reopen(long ino) throws IOException {
        if (journal == null) {
            throw new IllegalStateException("nothing is left without a journal");
        }
        FileHandle file = FileHandle.open(path(ino), Open.RDWR | Open.CLOEXEC, 0600);
        return new WorkFile(path(ino), file, WorkLog.reopen(log(journal, ino)));
    }

    /** Where files lie. */
    Path directory() {
        return directory;
    }

    /** Takes over a file that another owner gave away, by moving it here. */
    WorkFile take(long ino, Move move) throws IOException {
        Path path = path(ino);
        WorkLog log = journal == null ? null : WorkLog.create(log(journal, ino));
        boolean done = false;
        try {
            // Before the file is there: without it the log means nothing.
            if (log != null) {
                log.whole();
            }
            move.to(path);
            FileHandle file = FileHandle.open(path, Open.RDWR | Open.CLOEXEC, 0600);
            done = true;
            return new WorkFile(path, file, log);
        } finally {
            if (!done && log != null) {
                log.discard();
            }
        }
    }

    /** Brings a file to its place. */
    @FunctionalInterface
    interface Move {
        void to(Path target) throws IOException;
    }

    /** Opens a file that an earlier daemon left, which is to be published; null if there is none. {@link WorkFile#changed} has to follow at once. */
    @Nullable
    WorkFile adopt(long ino) throws IOException {
        Path path = path(ino);
        if (!Files.exists(path)) {
            return null;
        }
        FileHandle file = FileHandle.open(path, Open.RDWR | Open.CLOEXEC, 0600);
        return new WorkFile(path, file, journal == null ? null : WorkLog.create(log(journal, ino)));
    }

    WorkFile create(long ino) throws FsException {
        Path path = path(ino);
        WorkLog log = null;
        try {
            log = journal == null ? null : WorkLog.create(log(journal, ino));
            return new WorkFile(
                    path, FileHandle.open(path, Open.RDWR | Open.CREAT | Open.TRUNC | Open.CLOEXEC, 0600), log);
        } catch (ErrnoException e) {
            if (log != null) {
                log.discard();
            }
            Errno errno = e.errno() == Errno.ENOSPC ? Errno.ENOSPC : Errno.EIO;
            throw new FsException(
                    errno, "work file " + path + " could not be made: " + e.getMessage() + "; see --work-dir", e);
        }
    }
}
