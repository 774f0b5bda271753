package dev.leat.cli.command;

import dev.leat.cli.CliException;
import dev.leat.cli.control.ControlClient;
import dev.leat.cli.control.StateFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The counters of a running mount. */
final class MountCounters {
    private MountCounters() {}

    /** Where the mount's daemon is asked. */
    static StateFolder at(Path mountPoint) throws IOException {
        StateFolder state = StateFolder.of(mountPoint.toAbsolutePath().normalize());
        if (state.facts().isEmpty()) {
            throw CliException.failed(
                    "nothing of Leat's is mounted at " + mountPoint + "; 'leat status' lists what is");
        }
        return state;
    }

    /** Every counter as it is now, by name with labels. */
    static Map<String, Object> now(StateFolder state) throws IOException {
        return byName(ControlClient.call(state, "stats", Map.of(), _ -> {}));
    }

    static Map<String, Object> byName(Map<?, ?> answer) {
        Map<String, Object> values = new LinkedHashMap<>();
        answer.forEach((name, value) -> values.put(String.valueOf(name), value));
        return values;
    }
}
