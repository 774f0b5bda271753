package dev.leat.fuse.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.leat.fuse.mount.FuseMount;
import dev.leat.fuse.mount.MountOptions;
import dev.leat.sys.MountCalls;
import dev.leat.sys.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * A file system really mounted for one test, and unmounted whatever happens: on close, and when the process ends.
 * Needs root and /dev/fuse; without them the test is skipped, or fails where {@code CI=true}.
 *
 * <p>The daemon is in this process, so a test must not map a file of the mount into its own memory: a page fault stops
 * the collector, and the collector stops the daemon that would answer the fault.
 */
public final class MountFixture implements AutoCloseable {
    private final Path directory;
    private final FuseMount mount;
    private final FuseSession session;
    private final Thread onExit = new Thread(this::detach);

    private MountFixture(Path directory, FuseMount mount, FuseSession session) {
        this.directory = directory;
        this.mount = mount;
        this.session = session;
        Runtime.getRuntime().addShutdownHook(onExit);
    }

    /** Mounts {@code operations} at a new temporary directory. */
    public static MountFixture mount(FuseOperations operations, SessionOptions options) throws IOException {
        return mount(operations, options, FuseMount.Method.DIRECT);
    }

    /** Mounts in a given way. */
    public static MountFixture mount(FuseOperations operations, SessionOptions options, FuseMount.Method method)
            throws IOException {
        requireFuse();
        Path directory = Files.createTempDirectory("leat-fuse-test");
        FuseMount mount = FuseMount.mount(directory, MountOptions.defaults("test", true), method);
        try {
            FuseSession session = FuseSession.start(mount.descriptor(), options, operations);
            return new MountFixture(directory, mount, session);
        } catch (IOException | RuntimeException e) {
            mount.unmount(true);
            throw e;
        }
    }

    /** Skips the test, or fails under CI, on a machine that cannot mount. */
    public static void requireFuse() {
        boolean able = Processes.geteuid() == 0 && Files.isWritable(Path.of("/dev/fuse"));
        if ("true".equals(System.getenv("CI"))) {
            assertThat(able).as("root and a writable /dev/fuse").isTrue();
        }
        assumeTrue(able, "needs root and a writable /dev/fuse");
    }

    /** Waits for a condition at most a minute. */
    public static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time: " + what).isLessThan(end);
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** The root of the mounted tree. */
    public Path root() {
        return directory;
    }

    /** A path below the root. */
    public Path path(String relative) {
        return directory.resolve(relative);
    }

    /** The session that serves it. */
    public FuseSession session() {
        return session;
    }

    /** The mount. */
    public FuseMount mount() {
        return mount;
    }

    /** How many requests of a kind were answered. */
    public long count(String opcode) {
        return session.stats().stream()
                .filter(stats -> stats.name().equals(opcode))
                .mapToLong(OpStats::count)
                .sum();
    }

    @Override
    public void close() throws IOException {
        Runtime.getRuntime().removeShutdownHook(onExit);
        detach();
        try {
            if (!session.awaitEnd(Duration.ofMinutes(1))) {
                throw new IOException("the session did not end: something still uses " + directory);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            session.close();
            Files.deleteIfExists(directory);
        }
    }

    private void detach() {
        try {
            MountCalls.umount(directory, MountCalls.MNT_DETACH);
        } catch (IOException e) {
            // A test may have unmounted it already.
        }
    }
}
