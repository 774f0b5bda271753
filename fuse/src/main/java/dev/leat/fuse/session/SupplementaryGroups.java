package dev.leat.fuse.session;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The supplementary groups of a process, which the protocol does not carry. Only needed where the daemon itself checks
 * permissions; with default_permissions the kernel does.
 */
public final class SupplementaryGroups {
    private static final String LABEL = "Groups:";

    private SupplementaryGroups() {}

    /** Reads them from /proc; empty when the process has ended or is not visible. */
    public static int[] of(int pid) {
        if (pid <= 0) {
            return new int[0];
        }
        try {
            for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/task/" + pid + "/status"))) {
                if (line.startsWith(LABEL)) {
                    return Arrays.stream(line.substring(LABEL.length()).trim().split("\\s+"))
                            .filter(word -> !word.isEmpty())
                            .mapToInt(Integer::parseUnsignedInt)
                            .toArray();
                }
            }
            return new int[0];
        } catch (IOException e) {
            return new int[0];
        }
    }
}
