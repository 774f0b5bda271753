package dev.leat.cli.mount;

import dev.leat.cli.CliException;
import dev.leat.fuse.session.Negotiated;
import dev.leat.fuse.wire.InitFlags;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process that has started this daemon and holds the mount's descriptor, so that the mount outlives a daemon that is killed: it starts another one, which goes on. It is
 * the launcher's last shell, which does nothing else; see {@code hold} in the launcher.
 *
 * @param pid its process
 * @param descriptor an open {@code /dev/fuse} that this process has inherited
 * @param readyPipe a pipe to it that this process has inherited; null if it is of a release that had none
 * @param relayPipe a pipe to a process beside it that tells the kernel what it finds there; null if it is of a release that had none
 * @param daemons how many it has started before this one and seen die
 */
record Holder(
        long pid,
        int descriptor,
        @Nullable String readyPipe,
        @Nullable String relayPipe,
        int daemons) {
    private static final Logger log = LoggerFactory.getLogger(Holder.class);

    /** Tells the holder to start another daemon; EX_TEMPFAIL of sysexits.h. */
    private static final int TRY_AGAIN = 75;

    /** What this process was told; null if nobody holds its mount. */
    static @Nullable Holder of(Map<String, String> environment) {
        String descriptor = environment.get("LEAT_HOLDER_FD");
        if (descriptor == null) {
            return null;
        }
        return new Holder(
                Long.parseLong(environment.getOrDefault("LEAT_HOLDER_PID", "0")),
                Integer.parseInt(descriptor),
                environment.get("LEAT_HOLDER_READY_FD"),
                environment.get("LEAT_HOLDER_RELAY_FD"),
                Integer.parseInt(environment.getOrDefault("LEAT_HOLDER_DAEMONS", "0")));
    }

    /** For mounts that no other daemon can go on with: a new mount in place of the dead one would come up behind whoever clears that. */
    static void refuseSuccessor() {
        Holder holder = of(System.getenv());
        if (holder != null && holder.resumes()) {
            throw CliException.failed("the daemon before this one ended without unmounting; unmount and mount again");
        }
    }

    /** Tells it that this daemon serves: it gives up on daemons only that do not get as far. */
    void serves() {
        if (readyPipe == null) {
            return;
        }
        try {
            Files.write(Path.of("/proc/self/fd", readyPipe), new byte[] {'\n'}, StandardOpenOption.WRITE);
        } catch (IOException e) {
            log.warn("the holder of the mount cannot be told that it is served: {}", e.getMessage());
        }
    }

    /**
     * Opens the way on which others tell the kernel what this daemon says; null if there is none.
     *
     * @param onLoss is run once if it ends, with messages that may not have arrived
     */
    @Nullable
    HolderRelay relay(Runnable onLoss) {
        if (relayPipe == null) {
            return null;
        }
        try {
            return new HolderRelay(new FileOutputStream("/proc/self/fd/" + relayPipe), onLoss);
        } catch (IOException e) {
            log.warn("the daemon tells the kernel of changes by itself: {}", e.getMessage());
            return null;
        }
    }

    /** Why nothing would go on after this daemon, as far as that is not the kernel's doing. */
    static String missing(boolean background) {
        return background
                ? "nobody holds the mount's descriptor: run as root, without --survive off"
                : "in the foreground nobody would start it again";
    }

    /** Why nothing could go on after this daemon as far as the kernel is concerned; null if something could. */
    static @Nullable String obstacle(Negotiated negotiated) {
        return negotiated.has(InitFlags.HAS_RESEND)
                ? null
                : "the kernel does not send requests again; Linux 6.9 and newer does";
    }

    /** A daemon that was to go on has failed: unless the user has to mend something, another one tries, and this one ends here. */
    void tryAgain(Path mountPoint, Exception failure) {
        if (resumes() && !(failure instanceof CliException)) {
            log.error("{}: could not go on where the daemon before was: {}", mountPoint, failure.getMessage());
            // What the next try needs must not be cleaned up.
            Runtime.getRuntime().halt(TRY_AGAIN);
        }
    }

    /** Whether this daemon goes on where another one was. */
    boolean resumes() {
        return daemons > 0;
    }
}
