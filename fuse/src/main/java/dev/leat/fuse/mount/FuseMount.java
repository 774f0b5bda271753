package dev.leat.fuse.mount;

import dev.leat.sys.Errno;
import dev.leat.sys.ErrnoException;
import dev.leat.sys.FileStat;
import dev.leat.sys.Fs;
import dev.leat.sys.MountCalls;
import dev.leat.sys.Open;
import dev.leat.sys.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A mounted FUSE file system: its place and its session descriptor. As root it is made by mount(2), otherwise by
 * fusermount3; or somebody else has mounted it and hands the descriptor in.
 */
public final class FuseMount {
    private static final Logger LOG = LoggerFactory.getLogger(FuseMount.class);
    private static final Path DEVICE = Path.of("/dev/fuse");

    /** Who does the mounting. */
    public enum Method {
        /** This process, by mount(2). Needs CAP_SYS_ADMIN. */
        DIRECT,
        /** The set-user-id program fusermount3. */
        HELPER,
        /** Whoever handed the descriptor in; it also unmounts. */
        INHERITED
    }

    private final int fd;
    private final Path mountPoint;
    private final Method method;

    private FuseMount(int fd, Path mountPoint, Method method) {
        this.fd = fd;
        this.mountPoint = mountPoint;
        this.method = method;
    }

    /** Mounts at a directory: directly as root, else through fusermount3. */
    public static FuseMount mount(Path mountPoint, MountOptions options) throws IOException {
        return mount(mountPoint, options, Processes.geteuid() == 0 ? Method.DIRECT : Method.HELPER);
    }

    /** Mounts at a directory in a given way. */
    public static FuseMount mount(Path mountPoint, MountOptions options, Method method) throws IOException {
        Path place = checked(mountPoint);
        return switch (method) {
            case DIRECT -> direct(place, options);
            case HELPER -> new FuseMount(Fusermount.mount(place, options), place, method);
            case INHERITED -> throw new IllegalArgumentException("an inherited mount is made by inherit()");
        };
    }

    /**
     * Mounts at a directory by mount(2), on a descriptor of {@code /dev/fuse} that this process was given by one that will keep it open when this process dies.
     *
     * @param fd not mounted yet
     */
    public static FuseMount mount(Path mountPoint, MountOptions options, int fd) throws IOException {
        return direct(checked(mountPoint), options, fd);
    }

    /** Goes on with a mount that another process of this user has made by mount(2) and that this one was given the descriptor of. */
    public static FuseMount resume(Path mountPoint, int fd) {
        return new FuseMount(fd, mountPoint, Method.DIRECT);
    }

    /**
     * Adopts a descriptor of {@code /dev/fuse} that is mounted already and that this process has inherited; or a socket,
     * at whose other end somebody speaks for the kernel and waits for each answer before the next request.
     *
     * @param path {@code /dev/fd/N}
     */
    public static FuseMount inherit(Path path) throws MountException {
        Path parent = path.getParent();
        Path name = path.getFileName();
        if (parent == null || name == null || !parent.equals(Path.of("/dev/fd"))) {
            throw new MountException(path + " is not an inherited descriptor: write /dev/fd/N");
        }
        try {
            int fd = Integer.parseInt(name.toString());
            FileStat given = Fs.fstat(fd);
            if (!given.isSocket() && !isDevice(given)) {
                throw new MountException("descriptor " + fd + " is not an open " + DEVICE);
            }
            return new FuseMount(fd, path, Method.INHERITED);
        } catch (NumberFormatException | ErrnoException e) {
            throw new MountException(path + " is not an open descriptor of this process", e);
        }
    }

    private static boolean isDevice(FileStat given) throws ErrnoException {
        FileStat device = Fs.lstat(DEVICE);
        return given.ino() == device.ino() && given.deviceMinor() == device.deviceMinor();
    }

    /** The session descriptor; whoever starts a session on it owns it from then on. */
    public int descriptor() {
        return fd;
    }

    /** Where it is mounted. */
    public Path mountPoint() {
        return mountPoint;
    }

    /** Who mounted it. */
    public Method method() {
        return method;
    }

    /**
     * Sets the read-ahead of this mount, which starts at 128 KiB whatever INIT says. A failure is logged and otherwise
     * ignored: the mount works, only slower.
     *
     * @param kibibytes 1024 to 4096 is best; more than 16 MiB loses again
     */
    public void setReadAhead(int kibibytes) {
        try {
            Optional<MountInfo> info = MountInfo.at(mountPoint);
            if (info.isPresent()) {
                Files.writeString(
                        Path.of("/sys/class/bdi", info.get().device(), "read_ahead_kb"), Integer.toString(kibibytes));
            }
        } catch (IOException e) {
            LOG.warn("read-ahead of {} stays at the kernel's default: {}", mountPoint, e.toString());
        }
    }

    /**
     * Takes the file system out of the tree.
     *
     * @param lazy out of sight now and ended when its last user is gone; otherwise a used one is refused
     * @throws MountException when it is in use or was not mounted by this process
     */
    public void unmount(boolean lazy) throws IOException {
        switch (method) {
            case DIRECT -> {
                try {
                    MountCalls.umount(mountPoint, MountCalls.UMOUNT_NOFOLLOW | (lazy ? MountCalls.MNT_DETACH : 0));
                } catch (ErrnoException e) {
                    if (e.errno() == Errno.EBUSY) {
                        throw new MountException(
                                mountPoint + " is in use: close its files and leave its directories, or unmount lazily",
                                e);
                    }
                    throw e;
                }
            }
            case HELPER -> Fusermount.unmount(mountPoint, lazy);
            case INHERITED ->
                throw new MountException(mountPoint + " was mounted by somebody else, who has to unmount it");
        }
    }

    private static FuseMount direct(Path place, MountOptions options) throws IOException {
        return direct(place, options, openDevice());
    }

    private static FuseMount direct(Path place, MountOptions options, int fd) throws IOException {
        try {
            MountCalls.mount(
                    options.source(),
                    place,
                    options.type(),
                    options.mountFlags(),
                    "fd=" + fd + options.kernelData(Processes.getuid(), Processes.getgid()));
            return new FuseMount(fd, place, Method.DIRECT);
        } catch (ErrnoException e) {
            Fs.closeQuietly(fd);
            if (e.errno() == Errno.EPERM) {
                throw new MountException(
                        "mounting at " + place + " needs CAP_SYS_ADMIN: run privileged, or as an ordinary user with"
                                + " fusermount3 installed",
                        e);
            }
            throw new MountException("mounting at " + place + " failed: " + e.errno(), e);
        }
    }

    private static int openDevice() throws MountException {
        try {
            return Fs.open(DEVICE, Open.RDWR, 0);
        } catch (ErrnoException e) {
            throw new MountException(
                    DEVICE + " cannot be opened (" + e.errno()
                            + "): load the kernel module fuse, and in a container pass the device in",
                    e);
        }
    }

    /** Refuses places where a mount would fail late or hide another one. */
    private static Path checked(Path mountPoint) throws IOException {
        Path place = mountPoint.toAbsolutePath().normalize();
        refuseMounted(place);
        FileStat stat;
        try {
            place = place.toRealPath();
            refuseMounted(place);
            stat = Fs.lstat(place);
        } catch (MountException e) {
            throw e;
        } catch (IOException e) {
            throw new MountException(place + " does not exist or cannot be entered: create the directory first", e);
        }
        if (!stat.isDirectory()) {
            throw new MountException(place + " is not a directory: mount points are directories");
        }
        return place;
    }

    /** Asks the mount table only, since touching a dead mount would fail or hang. */
    private static void refuseMounted(Path place) throws IOException {
        Optional<MountInfo> existing = MountInfo.at(place);
        if (existing.isPresent()) {
            throw new MountException(place + " is a mount point already ("
                    + existing.get().type() + " of " + existing.get().source()
                    + "): unmount it first, or choose another directory");
        }
    }
}
