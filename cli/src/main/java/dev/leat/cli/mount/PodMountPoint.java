package dev.leat.cli.mount;

import dev.leat.cli.CliException;
import dev.leat.fuse.mount.MountInfo;
import dev.leat.sys.ErrnoException;
import dev.leat.sys.MountCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where a pod mounts its dataset: a directory of the node that no one else makes, and where a daemon that was killed leaves a dead mount. */
final class PodMountPoint implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PodMountPoint.class);

    /** Mounts that lie on each other, of as many daemons that were killed. */
    private static final int STACKED_MAX = 64;

    private final Path point;

    private PodMountPoint(Path point) {
        this.point = point;
    }

    /** Takes dead mounts away and makes the directory. Whoever uses a dead mount loses nothing: it fails each call already. */
    static PodMountPoint prepare(Path point) throws IOException {
        for (int i = 0; isMounted(point); i++) {
            if (i == STACKED_MAX) {
                throw CliException.failed(point + " stays mounted; unmount it on the node");
            }
            log.warn("{} is left of a daemon that was killed; it is taken away", point);
            try {
                MountCalls.umount(point, MountCalls.MNT_DETACH | MountCalls.UMOUNT_NOFOLLOW);
            } catch (ErrnoException e) {
                throw CliException.failed("cannot take away the dead mount at " + point + ": " + e.getMessage());
            }
        }
        Files.createDirectories(point);
        return new PodMountPoint(point);
    }

    private static boolean isMounted(Path point) throws IOException {
        return MountInfo.at(point)
                .filter(info -> info.type().equals("fuse.leat"))
                .isPresent();
    }

    /** Takes the directory and the one of the dataset away, if nothing is in them. */
    @Override
    public void close() throws IOException {
        if (isMounted(point)) {
            return;
        }
        Path dataset = point.getParent();
        Files.deleteIfExists(point);
        if (dataset != null) {
            Files.deleteIfExists(dataset);
        }
    }
}
