package dev.leat.cli.control;

import dev.leat.cli.CliException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where on this machine data in place is mounted. */
public final class MountedSources {
    private MountedSources() {}

    /** The directory that shows a source, or something below it; fails with one line if no mount of this user does. */
    public static Path find(String address) throws IOException {
        for (StateFolder state : StateFolder.all()) {
            Map<String, @Nullable Object> facts = state.facts().orElse(Map.of());
            // Of a volume, or of no daemon any more.
            if (facts.isEmpty() || facts.get("volume") != null || !state.alive()) {
                continue;
            }
            Map<?, ?> shown = shown(state);
            if (shown.get("mounts") instanceof List<?> mounts) {
                for (Object mount : mounts) {
                    Path found = mount instanceof Map<?, ?> one ? below(facts, one, address) : null;
                    if (found != null) {
                        return found;
                    }
                }
            }
        }
        throw CliException.failed(address + " is mounted nowhere by this user, and a cache belongs to a mount: "
                + "'leat mount " + address + " MOUNTPOINT' first");
    }

    /** Nothing of a mount that has no such sources, or is ending. */
    private static Map<?, ?> shown(StateFolder state) {
        try {
            return ControlClient.call(state, "mounts", Map.of("action", "list"), _ -> {});
        } catch (IOException | CliException e) {
            return Map.of();
        }
    }

    private static @Nullable Path below(Map<String, @Nullable Object> facts, Map<?, ?> mount, String address) {
        String source = slashed(String.valueOf(mount.get("address")));
        if (!slashed(address).startsWith(source)) {
            return null;
        }
        String rest = slashed(address).substring(source.length());
        return Path.of(String.valueOf(facts.get("mountPoint")), String.valueOf(mount.get("path")), rest);
    }

    private static String slashed(String address) {
        return address.endsWith("/") ? address : address + "/";
    }
}
