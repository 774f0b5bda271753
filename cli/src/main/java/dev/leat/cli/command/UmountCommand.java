package dev.leat.cli.command;

import dev.leat.cli.CliException;
import dev.leat.cli.control.ControlClient;
import dev.leat.cli.control.StateFolder;
import dev.leat.cli.option.LogOptions;
import dev.leat.fuse.mount.MountInfo;
import dev.leat.sys.ErrnoException;
import dev.leat.sys.MountCalls;
import dev.leat.sys.Processes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code leat umount}. */
@Command(
        name = "umount",
        mixinStandardHelpOptions = true,
        description = "Publishes what is unpublished, or says what cannot be, and unmounts.",
        footer = {"", "Example: leat umount /mnt/volume"})
final class UmountCommand implements Callable<Integer> {
    /** Longest wait for the daemon's end once nothing is unpublished. */
    private static final long END_SECONDS = 60;

    /** After this it is looked whether something else keeps the file system. */
    private static final long ELSEWHERE_SECONDS = 3;

    private static final long LOOK_NANOS = 10_000_000;

    /** How often the table of mounts is asked for a mount whose daemon is dead: it may be read without it while others mount. */
    private static final int LOOKS = 3;

    @Parameters(paramLabel = "MOUNTPOINT", description = "Where it is mounted.")
    private Path mountPoint = Path.of("");

    @Option(
            names = {"-f", "--force"},
            description = "Unmounts though files are open or bytes cannot be published: they are lost.")
    private boolean force;

    @Mixin
    private LogOptions log = new LogOptions();

    @Override
    public Integer call() throws IOException {
        log.toStandardError();
        Path path = mountPoint.toAbsolutePath().normalize();
        StateFolder state = StateFolder.of(path);
        // EROFS is anybody's, but what a state folder says is served so is Leat's.
        boolean erofs = state.facts()
                .map(facts -> facts.get("serving"))
                .filter("erofs"::equals)
                .isPresent();
        if (!isMounted(path, erofs) && state.facts().isEmpty()) {
            throw CliException.failed("nothing of Leat's is mounted at " + path + "; 'leat status' lists what is");
        }
        Optional<ProcessHandle> daemon = daemon(state);
        boolean stuck = daemon.filter(process -> isZombie(process.pid())).isPresent();
        if (daemon.isEmpty() || stuck) {
            for (int look = 0; look < LOOKS; look++) {
                if (isMounted(path, erofs)) {
                    detach(path, stuck);
                } else {
                    LockSupport.parkNanos(LOOK_NANOS);
                }
            }
            state.remove();
            return 0;
        }
        Optional<MountInfo> mount = MountInfo.at(path);
        ControlClient.call(state, "umount", Map.of("force", force), _ -> {});
        awaitEnd(daemon.get(), path, mount);
        return 0;
    }

    private static boolean isMounted(Path path, boolean erofs) throws IOException {
        return MountInfo.at(path)
                .filter(info ->
                        info.type().equals("fuse.leat") || (erofs && info.type().equals("erofs")))
                .isPresent();
    }

    /**
     * Takes away a mount whose daemon is dead.
     *
     * @param stuck whether a thread of it is in the kernel for good: it was telling of a name, and waits for the lock of a directory that a program holds, which waits for the daemon. Neither ends until the
     *     connection is cut
     */
    private static void detach(Path path, boolean stuck) throws IOException {
        if (Processes.geteuid() == 0) {
            try {
                MountCalls.umount(path, MountCalls.MNT_DETACH | (stuck ? MountCalls.MNT_FORCE : 0));
                return;
            } catch (ErrnoException e) {
                throw CliException.failed("cannot unmount " + path + ": " + e.getMessage());
            }
        }
        Process helper = new ProcessBuilder("fusermount3", "-u", "-z", path.toString())
                .inheritIO()
                .start();
        try {
            if (helper.waitFor() != 0) {
                throw CliException.failed("fusermount3 could not unmount " + path);
            }
        } catch (InterruptedException e) {
            throw CliException.failed("interrupted while unmounting " + path);
        }
    }

    private static Optional<ProcessHandle> daemon(StateFolder state) throws IOException {
        return state.alive()
                ? state.facts()
                        .map(facts -> facts.get("pid"))
                        .filter(Long.class::isInstance)
                        .flatMap(pid -> ProcessHandle.of((Long) pid))
                : Optional.empty();
    }

    private static void awaitEnd(ProcessHandle daemon, Path path, Optional<MountInfo> mount) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(END_SECONDS);
        long look = System.nanoTime() + TimeUnit.SECONDS.toNanos(ELSEWHERE_SECONDS);
        boolean looked = mount.isEmpty();
        // Asked often: the JDK, which is not the daemon's parent, would look at it every few seconds only.
        while (daemon.isAlive() && !isZombie(daemon.pid())) {
            if (!looked && System.nanoTime() - look > 0) {
                looked = true;
                String where = mount.get().elsewhere();
                if (where != null) {
                    throw CliException.failed("unmounted " + path + ", but it is still mounted " + where + "; daemon "
                            + daemon.pid() + " serves it until that ends or unmounts it");
                }
            }
            if (System.nanoTime() - end > 0) {
                throw CliException.failed("unmounted " + path + ", but its daemon " + daemon.pid()
                        + " still runs after " + END_SECONDS + " s; see its log");
            }
            if (Thread.interrupted()) {
                throw CliException.failed("interrupted while waiting for daemon " + daemon.pid());
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    /** Whether it has ended and only its parent, which may be a slow init of a container, has not noticed. */
    private static boolean isZombie(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
            // The state follows the name, which is in brackets and may hold any character (proc(5)).
            return stat.startsWith("Z", stat.lastIndexOf(')') + 2);
        } catch (IOException e) {
            return true;
        }
    }
}
