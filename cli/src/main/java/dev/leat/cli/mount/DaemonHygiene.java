package dev.leat.cli.mount;

import dev.leat.sys.ErrnoException;
import dev.leat.sys.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a process that serves a file system asks of the kernel; without the rights for it, it goes on all the same. */
final class DaemonHygiene {
    private static final Logger log = LoggerFactory.getLogger(DaemonHygiene.class);

    /**
     * Nearly the last to be killed when memory runs out, as the callers of every open file hang on this process; not
     * exempt, for a leak here must not take the machine down.
     */
    private static final String OOM_SCORE_ADJ = "-900";

    private DaemonHygiene() {}

    /** To be called before the daemon's threads are started, which inherit it. */
    static void apply() {
        try {
            Processes.setIoFlusher();
        } catch (ErrnoException e) {
            log.debug("without PR_SET_IO_FLUSHER: {}", e.getMessage());
        }
        try {
            Files.writeString(Path.of("/proc/self/oom_score_adj"), OOM_SCORE_ADJ);
        } catch (IOException e) {
            log.debug("the OOM score stays as it is: {}", e.getMessage());
        }
    }
}
