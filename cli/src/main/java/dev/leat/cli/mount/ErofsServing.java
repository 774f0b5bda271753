package dev.leat.cli.mount;

import dev.leat.cache.BlobCache;
import dev.leat.cache.Loan;
import dev.leat.dataset.erofs.DeviceReader;
import dev.leat.dataset.erofs.ImageStore;
import dev.leat.dataset.erofs.SealedTree;
import dev.leat.fuse.mount.MountException;
import dev.leat.fuse.session.FuseSession;
import dev.leat.fuse.session.SessionOptions;
import dev.leat.sys.ErrnoException;
import dev.leat.sys.Fs;
import dev.leat.sys.MountContext;
import dev.leat.sys.Open;
import dev.leat.sys.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A sealed tree that the kernel serves by itself, as EROFS: names and attributes from an image, bytes from the cache's files
 * where the cache has a file whole, else through this process, from a FUSE session that has no place in the tree.
 */
final class ErofsServing implements ServedVersion {
    private static final Path DEVICE = Path.of("/dev/fuse");

    /** How long the end is waited for after the mount is out of the tree; it comes at once if nobody has a file open. */
    private static final Duration END = Duration.ofSeconds(2);

    private final ImageStore.Ready image;
    private final DeviceFiles files;
    private final FuseSession session;
    private final ErofsMount mount;

    private ErofsServing(ImageStore.Ready image, DeviceFiles files, FuseSession session, ErofsMount mount) {
        this.image = image;
        this.files = files;
        this.session = session;
        this.mount = mount;
    }

    /** Why this process cannot serve by EROFS, as far as can be told before it tries; null if nothing is in the way. */
    static @Nullable String obstacle() {
        try (MountContext context = MountContext.open(ErofsMount.TYPE)) {
            context.set("ro");
            return null;
        } catch (ErrnoException e) {
            return ErofsMount.reason(e);
        }
    }

    /**
     * Mounts a tree.
     *
     * @param images where its image is kept; on no stacked file system
     * @param executable whether programs may be run from it
     * @param failures hears of reads that fail
     * @throws MountException if it cannot be served so; says why
     */
    static ErofsServing start(
            Path mountPoint,
            SealedTree tree,
            BlobCache cache,
            Path images,
            SessionOptions options,
            boolean executable,
            DeviceFiles.Failures failures)
            throws IOException {
        ImageStore.Ready image = new ImageStore(images, cache, ErofsMount::isUsable).ready(tree);
        boolean done = false;
        try {
            DeviceFiles files = new DeviceFiles(
                    image.extents().devices(), new DeviceReader(image.extents(), tree, cache), failures);
            ErofsServing serving = start(mountPoint, image, files, options, executable);
            done = true;
            return serving;
        } finally {
            if (!done) {
                image.close();
            }
        }
    }

    private static ErofsServing start(
            Path mountPoint, ImageStore.Ready image, DeviceFiles files, SessionOptions options, boolean executable)
            throws IOException {
        int fd = Fs.open(DEVICE, Open.RDWR, 0);
        int place;
        try {
            place = unseen(fd);
        } catch (IOException e) {
            Fs.closeQuietly(fd);
            throw e;
        }
        FuseSession session = null;
        boolean done = false;
        try {
            session = FuseSession.start(fd, options, files);
            List<String> devices = new ArrayList<>();
            for (int i = 0; i < image.loans().size(); i++) {
                Loan loan = image.loans().get(i);
                devices.add(
                        loan == null
                                ? "/proc/self/fd/" + place + "/" + DeviceFiles.name(i + 1)
                                : loan.path().toString());
            }
            ErofsMount mount = ErofsMount.make(mountPoint, image.image(), devices, executable);
            done = true;
            return new ErofsServing(image, files, session, mount);
        } finally {
            // From here on only EROFS holds the files of the session, and ends it when it is unmounted.
            Fs.closeQuietly(place);
            if (!done) {
                if (session == null) {
                    Fs.closeQuietly(fd);
                } else {
                    session.close();
                }
            }
        }
    }

    /** A FUSE file system that is in no tree. It must not agree on passthrough: then EROFS would count as stacked. */
    private static int unseen(int fd) throws IOException {
        try (MountContext context = MountContext.open("fuse")) {
            context.set("ro");
            context.set("source", "leat:devices");
            context.set("fd", Integer.toString(fd));
            context.set("rootmode", "40000");
            context.set("user_id", Integer.toString(Processes.getuid()));
            context.set("group_id", Integer.toString(Processes.getgid()));
            return context.create(MountContext.ATTR_RDONLY
                    | MountContext.ATTR_NOSUID
                    | MountContext.ATTR_NODEV
                    | MountContext.ATTR_NOEXEC);
        } catch (ErrnoException e) {
            throw new MountException("no devices for EROFS: " + ErofsMount.reason(e), e);
        }
    }

    /** Its end is that of the mount: EROFS lets go of its devices then. */
    @Override
    public FuseSession session() {
        return session;
    }

    @Override
    public void unmount(boolean lazy) throws IOException {
        mount.unmount(lazy);
    }

    @Override
    public String way() {
        return ErofsMount.TYPE;
    }

    @Override
    public Map<String, @Nullable Object> facts() {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        try {
            facts.put("image", image.image().toString());
            facts.put("imageBytes", Files.size(image.image()));
        } catch (IOException e) {
            facts.put("imageBytes", null);
        }
        facts.put("devices", image.loans().size());
        facts.put("wholeFiles", image.whole());
        facts.put("deviceReads", files.reads());
        facts.put("deviceReadBytes", files.readBytes());
        facts.put("deviceReadFailures", files.failures());
        facts.put("lastFailure", files.lastFailure());
        return facts;
    }

    @Override
    public void close() throws IOException {
        mount.unmount(true);
        boolean ended = false;
        try {
            ended = session.awaitEnd(END);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        session.close();
        if (ended && session.inFlight() == 0) {
            image.close();
        } else {
            // Somebody still has a file open: what answers him is mapped until this process ends.
            image.giveBack();
        }
    }
}
