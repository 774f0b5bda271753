package dev.leat.cli.mount;

import dev.leat.cli.control.ControlServer;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One warm-up, whatever it is of. What is cached is not fetched again, so an interrupted one is resumed by another one. */
interface WarmupRun {
    /**
     * Does it.
     *
     * @param progress is told how far it is, and ends it by throwing
     * @return the facts at the end
     */
    Map<String, @Nullable Object> run(ControlServer.Progress progress) throws IOException;

    /** How far it is. */
    Map<String, @Nullable Object> facts();
}
