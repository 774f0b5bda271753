package dev.leat.cli.output;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether somebody looks on. */
public final class Terminal {
    private Terminal() {}

    /** Whether standard error goes to a terminal; asked of the kernel, for that loads nothing. */
    static boolean watchesErrors() {
        return isTerminal(2);
    }

    /** Whether standard output goes to a terminal. */
    public static boolean watchesOutput() {
        return isTerminal(1);
    }

    private static boolean isTerminal(int descriptor) {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }
}
