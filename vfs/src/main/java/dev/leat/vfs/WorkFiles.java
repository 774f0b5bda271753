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

/** The directory of work files of one mount. */
final class WorkFiles {
    private final Path directory;

    /** Makes the directory where it is missing and removes what an earlier daemon left: bytes that nobody was promised. */
    WorkFiles(Path directory) throws IOException {
        this.directory = directory;
        Files.createDirectories(directory);
        try (DirectoryStream<Path> left = Files.newDirectoryStream(directory, "*.work")) {
            for (Path path : left) {
                Files.deleteIfExists(path);
            }
        }
    }

    WorkFile create(long ino) throws FsException {
        Path path = directory.resolve(Long.toHexString(ino) + ".work");
        try {
            return new WorkFile(path, FileHandle.open(path, Open.RDWR | Open.CREAT | Open.TRUNC | Open.CLOEXEC, 0600));
        } catch (ErrnoException e) {
            Errno errno = e.errno() == Errno.ENOSPC ? Errno.ENOSPC : Errno.EIO;
            throw new FsException(
                    errno, "work file " + path + " could not be made: " + e.getMessage() + "; see --work-dir", e);
        }
    }
}
