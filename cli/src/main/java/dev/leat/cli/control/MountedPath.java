package dev.leat.cli.control;

import dev.leat.cli.CliException;
import dev.leat.fuse.mount.MountInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A path inside a mount of Leat's.
 *
 * @param path as it was given
 * @param mountPoint where its volume is mounted
 * @param within the same path from there, with symbolic links above it followed; empty for the mount point itself
 * @param inode its inode number, which is the volume's own
 */
public record MountedPath(Path path, Path mountPoint, Path within, long inode) {
    /** Inode number of every mount's root. */
    private static final long ROOT = 1;

    /** Finds the mount of a path; fails with one line if there is none. A symbolic link stands for itself. */
    public static MountedPath of(Path path) throws IOException {
        return of(path, MountInfo.all());
    }

    /** The same for many paths: with all mounts there are, read once. */
    public static MountedPath of(Path path, List<MountInfo> mounts) throws IOException {
        Path real;
        try {
            Path absolute = path.toAbsolutePath().normalize();
            Path parent = absolute.getParent();
            Path name = absolute.getFileName();
            real = parent == null || name == null
                    ? absolute
                    : parent.toRealPath().resolve(name);
            Object inode = Files.getAttribute(real, "unix:ino", LinkOption.NOFOLLOW_LINKS);
            MountInfo mount = null;
            for (MountInfo info : mounts) {
                boolean longer = mount == null
                        || info.mountPoint().getNameCount()
                                >= mount.mountPoint().getNameCount();
                if (real.startsWith(info.mountPoint()) && longer) {
                    mount = info;
                }
            }
            if (mount == null || !isOurs(mount) || !(inode instanceof Long number)) {
                throw CliException.failed(path + " is in no mount of Leat's; 'leat status' lists them");
            }
            return new MountedPath(path, mount.mountPoint(), mount.mountPoint().relativize(real), number);
        } catch (NoSuchFileException e) {
            throw CliException.failed("there is no " + path);
        }
    }

    /** A sealed version may be shown by the kernel itself; then there is a daemon all the same. */
    private static boolean isOurs(MountInfo mount) throws IOException {
        return mount.type().equals("fuse.leat")
                || (mount.type().equals("erofs")
                        && StateFolder.of(mount.mountPoint()).alive());
    }

    /** Whether it is the mount's own root. */
    public boolean isMountPoint() {
        return inode == ROOT;
    }

    /** The same path, but another inode of the mount. */
    public MountedPath withInode(long other) {
        return new MountedPath(path, mountPoint, within, other);
    }

    /** What the daemon answers about this inode, with the path in front. */
    public Map<String, @Nullable Object> facts(String command, Map<String, ?> arguments, Consumer<Map<?, ?>> progress)
            throws IOException {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("path", path.toString());
        call(command, arguments, progress).forEach((key, value) -> facts.put(String.valueOf(key), value));
        return facts;
    }

    /** Asks the daemon of the mount about this inode. */
    public Map<?, ?> call(String command, Map<String, ?> arguments, Consumer<Map<?, ?>> progress) throws IOException {
        Map<String, Object> all = new LinkedHashMap<>(arguments);
        all.put("inode", inode);
        return ControlClient.call(StateFolder.of(mountPoint), command, all, progress);
    }
}
