package dev.leat.kube.csi;

import java.util.List;
import java.util.function.Function;

/**
 * What becomes of one mount option of JuiceFS.
 *
 * @param name as JuiceFS spells it
 * @param fate whether it is served
 * @param reason for people: what happens, or why nothing does
 * @param arguments Leat's arguments for a value; none unless it is translated
 */
record MountOption(String name, Fate fate, String reason, Function<String, List<String>> arguments) {

    /** What can become of an option. */
    enum Fate {
        /** Leat always does that, so there is nothing to pass on. */
        SERVED,
        /** An option of Leat does the same. */
        TRANSLATED,
        /** It tunes something that Leat has not; the mount goes on, and the log says so. */
        MOOT,
        /** Leat cannot keep what it promises: the mount is refused. */
        REFUSED
    }

    static MountOption served(String name, String reason) {
        return new MountOption(name, Fate.SERVED, reason, _ -> List.of());
    }

    static MountOption moot(String name, String reason) {
        return new MountOption(name, Fate.MOOT, reason, _ -> List.of());
    }

    static MountOption refused(String name, String reason) {
        return new MountOption(name, Fate.REFUSED, reason, _ -> List.of());
    }

    static MountOption translated(String name, String reason, Function<String, List<String>> arguments) {
        return new MountOption(name, Fate.TRANSLATED, reason, arguments);
    }
}
