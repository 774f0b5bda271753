package dev.leat.cli.mount;

import dev.leat.cli.CliException;
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
 * @param ready a pipe to it that this process has inherited; null if it is of a release that had none
 * @param daemons how many it has started before this one and seen die
 */
record Holder(long pid, int descriptor, @Nullable String ready, int daemons) {
    private static final Logger log = LoggerFactory.getLogger(Holder.class);

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
        if (ready == null) {
            return;
        }
        try {
            Files.write(Path.of("/proc/self/fd", ready), new byte[] {'\n'}, StandardOpenOption.WRITE);
        } catch (IOException e) {
            log.warn("the holder of the mount cannot be told that it is served: {}", e.getMessage());
        }
    }

    /** Whether this daemon goes on where another one was. */
    boolean resumes() {
        return daemons > 0;
    }
}
