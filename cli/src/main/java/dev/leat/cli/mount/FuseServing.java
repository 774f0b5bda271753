package dev.leat.cli.mount;

import dev.leat.cli.option.MountFlags;
import dev.leat.fuse.session.FuseSession;
import dev.leat.fuse.session.SessionOptions;
import dev.leat.fuse.wire.InitFlags;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A sealed version that this process answers the kernel's requests for, each of them once. */
final class FuseServing implements ServedVersion {
    /** The kernel's read-ahead of a mount: as much as one request for a block, so that a stream keeps the source busy. */
    private static final int READ_AHEAD_KIB = 4096;

    private final FuseVersion operations;
    private final KernelMount mount;
    private final FuseSession session;

    private FuseServing(FuseVersion operations, KernelMount mount, FuseSession session) {
        this.operations = operations;
        this.mount = mount;
        this.session = session;
    }

    /** Mounts. */
    static FuseServing start(
            Path mountPoint, VersionParts parts, MountFlags flags, FuseVersion operations, @Nullable Holder holder)
            throws IOException {
        KernelMount mount =
                KernelMount.make(mountPoint, parts.address(), flags, "ro,nosuid,nodev", new AccessStreams(), holder);
        SessionOptions options = options(flags);
        try {
            FuseSession session = FuseSession.start(mount.mount().descriptor(), options, operations);
            mount.mount().setReadAhead(READ_AHEAD_KIB);
            return new FuseServing(operations, mount, session);
        } catch (IOException | RuntimeException e) {
            mount.close();
            throw e;
        }
    }

    /** Goes on where a daemon was that is dead. What the kernel knows are rows of the index, which are the same for all daemons. */
    static FuseServing resume(
            Path mountPoint, MountFlags flags, FuseVersion operations, Holder holder, MountState before)
            throws IOException {
        KernelMount mount = KernelMount.resume(mountPoint, new AccessStreams(), holder);
        FuseSession session =
                FuseSession.resume(mount.mount().descriptor(), before.negotiated(), options(flags), operations);
        return new FuseServing(operations, mount, session);
    }

    private static SessionOptions options(MountFlags flags) {
        return SessionOptions.defaults()
                .withFlags(InitFlags.NO_OPEN_SUPPORT | InitFlags.NO_OPENDIR_SUPPORT)
                .withDeadline(flags.requestTimeout());
    }

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
        return operations.kernelOpens()
                ? "fuse, the kernel opens files by itself"
                : "fuse, with a request for each open";
    }

    @Override
    public Map<String, @Nullable Object> facts() {
        return Map.of();
    }

    @Override
    public void close() throws IOException {
        session.close();
        mount.close();
    }
}
