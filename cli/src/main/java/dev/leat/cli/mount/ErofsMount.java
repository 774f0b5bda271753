package dev.leat.cli.mount;

import dev.leat.fuse.mount.MountException;
import dev.leat.fuse.mount.MountInfo;
import dev.leat.sys.Errno;
import dev.leat.sys.ErrnoException;
import dev.leat.sys.Fs;
import dev.leat.sys.MountCalls;
import dev.leat.sys.MountContext;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An image of EROFS that is mounted from a file, by the system calls themselves: {@code mount(8)} would want a block device. */
final class ErofsMount {
    private static final Logger log = LoggerFactory.getLogger(ErofsMount.class);

    static final String TYPE = "erofs";

    /** The kernel's read-ahead: 128 KiB otherwise, and so long its requests. */
    private static final int READ_AHEAD_KIB = 1024;

    private static final Path READ_AHEADS = Path.of("/sys/class/bdi");

    private final Path mountPoint;

    private ErofsMount(Path mountPoint) {
        this.mountPoint = mountPoint;
    }

    /** Whether a path can be given to the kernel as a device. */
    static boolean isUsable(Path path) {
        return path.toString().getBytes(StandardCharsets.UTF_8).length <= MountContext.VALUE_BYTES_MAX;
    }

    /**
     * Mounts.
     *
     * @param image file of the image
     * @param devices files of its devices, in order
     * @param executable whether programs may be run from it
     * @throws MountException if this kernel, or this process, cannot; says why
     */
    static ErofsMount make(Path mountPoint, Path image, List<String> devices, boolean executable) throws IOException {
        Path place = checked(mountPoint);
        Set<String> before = readAheads();
        int attributes = MountContext.ATTR_RDONLY
                | MountContext.ATTR_NOSUID
                | MountContext.ATTR_NODEV
                | (executable ? 0 : MountContext.ATTR_NOEXEC);
        int mount;
        try {
            mount = create(image, devices, attributes, true);
        } catch (ErrnoException e) {
            throw new MountException("EROFS cannot be mounted: " + reason(e), e);
        }
        try {
            MountContext.attach(mount, place);
        } catch (ErrnoException e) {
            throw new MountException("EROFS cannot be mounted at " + place + ": " + e.errno(), e);
        } finally {
            Fs.closeQuietly(mount);
        }
        setReadAhead(before);
        return new ErofsMount(place);
    }

    private static int create(Path image, List<String> devices, int attributes, boolean direct) throws ErrnoException {
        try (MountContext context = MountContext.open(TYPE)) {
            context.set("ro");
            context.set("source", image.toString());
            for (String device : devices) {
                context.set("device", device);
            }
            if (direct) {
                try {
                    context.set("directio");
                } catch (ErrnoException e) {
                    if (e.errno() != Errno.EINVAL) {
                        throw e;
                    }
                    // Older than the option. Devices of the daemon are read directly all the same; see DeviceFiles.
                    return create(image, devices, attributes, false);
                }
            }
            return context.create(attributes);
        }
    }

    /** Why not, in words. */
    static String reason(ErrnoException e) {
        return switch (e.errno()) {
            case EPERM -> "the capability CAP_SYS_ADMIN is missing, in the first user namespace: run as root there";
            case ENODEV -> "this kernel has no EROFS: load the module erofs, or use another kernel";
            case ENOTBLK ->
                "this kernel does not mount EROFS from a file, or not from this file system: Linux 6.12 and newer do"
                        + " (CONFIG_EROFS_FS_BACKED_BY_FILE), from a cache folder that is not on a stacked one";
            default -> String.valueOf(e.getMessage());
        };
    }

    private static Path checked(Path mountPoint) throws IOException {
        Path place;
        try {
            place = mountPoint.toRealPath();
        } catch (IOException e) {
            throw new MountException(
                    mountPoint + " does not exist or cannot be entered: create the directory first", e);
        }
        if (!Files.isDirectory(place)) {
            throw new MountException(place + " is not a directory: mount points are directories");
        }
        if (MountInfo.at(place).isPresent()) {
            throw new MountException(
                    place + " is a mount point already: unmount it first, or choose another directory");
        }
        return place;
    }

    private static Set<String> readAheads() {
        Set<String> names = new HashSet<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(READ_AHEADS, TYPE + "-*")) {
            all.forEach(path -> names.add(String.valueOf(path.getFileName())));
        } catch (IOException e) {
            log.debug("{} cannot be listed: {}", READ_AHEADS, e.getMessage());
        }
        return names;
    }

    /** The kernel numbers these mounts and tells nobody which is whose: those that came since are this one, or as new. */
    private static void setReadAhead(Set<String> before) {
        Set<String> fresh = readAheads();
        fresh.removeAll(before);
        for (String name : fresh) {
            try {
                Files.writeString(READ_AHEADS.resolve(name).resolve("read_ahead_kb"), Integer.toString(READ_AHEAD_KIB));
            } catch (IOException e) {
                log.warn("read-ahead of {} stays at the kernel's default: {}", name, e.toString());
            }
        }
    }

    boolean isMounted() throws IOException {
        return MountInfo.at(mountPoint).filter(info -> info.type().equals(TYPE)).isPresent();
    }

    /** Takes it out of the tree; EROFS lets go of its devices when the last user is gone. */
    void unmount(boolean lazy) throws IOException {
        if (!isMounted()) {
            return;
        }
        try {
            MountCalls.umount(mountPoint, MountCalls.UMOUNT_NOFOLLOW | (lazy ? MountCalls.MNT_DETACH : 0));
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EBUSY) {
                throw new MountException(
                        mountPoint + " is in use: close its files and leave its directories, or unmount lazily", e);
            }
            throw e;
        }
    }
}
