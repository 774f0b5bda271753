package dev.leat.cli.control;

import dev.leat.cli.CliException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A name in a directory of a mount of Leat's, whether something has it or not.
 *
 * @param directory the directory
 * @param name the name
 */
public record MountedName(MountedPath directory, String name) {

    /** Finds the directory and the mount of a path; fails with one line if there is none, or where the path is a mount point itself. */
    public static MountedName of(Path path) throws IOException {
        Path absolute = path.toAbsolutePath().normalize();
        Path above = absolute.getParent();
        Path name = absolute.getFileName();
        if (above == null || name == null) {
            throw CliException.failed(path + " is no name in a directory");
        }
        if (!Files.isDirectory(above)) {
            throw CliException.failed("there is no directory " + above);
        }
        Path real = above.toRealPath();
        Path whole = real.resolve(name);
        if (Files.exists(whole, LinkOption.NOFOLLOW_LINKS)
                && MountedPath.of(whole).isMountPoint()) {
            throw CliException.failed(path + " is a mount point; name something in it");
        }
        return new MountedName(MountedPath.of(real), name.toString());
    }

    /** Whether both are in the same mount. */
    public boolean isBeside(MountedName other) {
        return directory.mountPoint().equals(other.directory.mountPoint());
    }

    /** Asks the daemon of the mount. */
    public Map<?, ?> call(String command, Map<String, ?> arguments, Consumer<Map<?, ?>> progress) throws IOException {
        return ControlClient.call(StateFolder.of(directory.mountPoint()), command, arguments, progress);
    }
}
