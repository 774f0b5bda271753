package dev.leat.cli.mount;

import dev.leat.cli.option.MountFlags;
import dev.leat.fuse.mount.FuseMount;
import dev.leat.fuse.mount.MountInfo;
import dev.leat.fuse.mount.MountOptions;
import dev.leat.sys.Processes;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A mount in the tree of this machine, made and taken away; or a descriptor of one that somebody else made. */
final class KernelMount implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(KernelMount.class);

    /** How long readers of the access log may take to close it; {@code tail -f} looks once a second. */
    private static final Duration STREAMS_END = Duration.ofSeconds(4);

    private final Path mountPoint;
    private final AccessStreams streams;
    private final FuseMount mount;

    private KernelMount(Path mountPoint, AccessStreams streams, FuseMount mount) {
        this.mountPoint = mountPoint;
        this.streams = streams;
        this.mount = mount;
    }

    /**
     * Mounts.
     *
     * @param name what {@code mount(8)} and {@code df} show as its device
     * @param more options beside the user's, as {@code mount(8)} knows them; may be empty
     * @param holder has the descriptor to mount; null to open one
     */
    static KernelMount make(
            Path mountPoint, String name, MountFlags flags, String more, AccessStreams streams, @Nullable Holder holder)
            throws IOException {
        if (isDescriptor(mountPoint)) {
            return new KernelMount(mountPoint, streams, FuseMount.inherit(mountPoint));
        }
        MountOptions options = options(name, flags, more);
        FuseMount mount = holder == null
                ? FuseMount.mount(mountPoint, options)
                : FuseMount.mount(mountPoint, options, holder.descriptor());
        return new KernelMount(mountPoint, streams, mount);
    }

    /** Goes on with what a daemon before this one has mounted. */
    static KernelMount resume(Path mountPoint, AccessStreams streams, Holder holder) {
        return new KernelMount(mountPoint, streams, FuseMount.resume(mountPoint, holder.descriptor()));
    }

    /** The options of a mount, those that the user gave among them. */
    static MountOptions options(String name, MountFlags flags, String more) {
        // What a table of mounts has between blanks.
        String device = name.replaceAll("[\\s,\\\\]", "_");
        MountOptions options = MountOptions.defaults(device, Processes.geteuid() == 0);
        if (!more.isEmpty()) {
            options = options.apply(more);
        }
        String given = flags.mountOptions();
        if (!given.isEmpty()) {
            options = options.apply(given);
        }
        return options;
    }

    /** Whether a mount point is a descriptor of a mount that somebody else made. */
    static boolean isDescriptor(Path mountPoint) {
        return mountPoint.startsWith("/dev/fd");
    }

    /** The file system itself. */
    FuseMount mount() {
        return mount;
    }

    private boolean isMounted() throws IOException {
        return MountInfo.at(mountPoint)
                .filter(info -> info.type().equals("fuse.leat"))
                .isPresent();
    }

    /** Takes the mount out of the tree, which ends the session. */
    void unmount(boolean lazy) throws IOException {
        if (isMounted()) {
            endStreams();
            mount.unmount(lazy);
        }
    }

    /** Readers of the access log would keep the mount busy; they find its end and close it, or are left waiting for. */
    private void endStreams() {
        long end = System.nanoTime() + STREAMS_END.toNanos();
        streams.end();
        while (streams.readers() > 0 && System.nanoTime() < end) {
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }

    /** Who reads the access log keeps the file system alive after a lazy umount: it would never come to an end. */
    void endStreamsIfUnmounted() {
        try {
            if (streams.readers() > 0 && !isDescriptor(mountPoint) && !isMounted()) {
                streams.end();
            }
        } catch (IOException e) {
            log.debug("the table of mounts cannot be read: {}", e.getMessage());
        }
    }

    @Override
    public void close() throws IOException {
        unmount(true);
    }
}
