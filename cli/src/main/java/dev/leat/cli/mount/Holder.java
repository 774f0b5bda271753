package dev.leat.cli.mount;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The process that has started this daemon and holds the mount's descriptor, so that the mount outlives a daemon that is killed: it starts another one, which goes on. It is
 * the launcher's last shell, which does nothing else; see {@code hold} in the launcher.
 *
 * @param pid its process
 * @param descriptor an open {@code /dev/fuse} that this process has inherited
 * @param daemons how many it has started before this one and seen die
 */
record Holder(long pid, int descriptor, int daemons) {
    /** What this process was told; null if nobody holds its mount. */
    static @Nullable Holder of(Map<String, String> environment) {
        String descriptor = environment.get("LEAT_HOLDER_FD");
        if (descriptor == null) {
            return null;
        }
        return new Holder(
                Long.parseLong(environment.getOrDefault("LEAT_HOLDER_PID", "0")),
                Integer.parseInt(descriptor),
                Integer.parseInt(environment.getOrDefault("LEAT_HOLDER_DAEMONS", "0")));
    }

    /** Whether this daemon goes on where another one was. */
    boolean resumes() {
        return daemons > 0;
    }
}
