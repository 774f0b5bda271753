package dev.leat.cli.mount;

import dev.leat.cli.CliException;
import dev.leat.cli.option.TreeFile;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The start of a daemon in a pod, which waits for what it needs and says what that is: a daemon that ended instead would be started
 * again after ever longer pauses, and told nobody why but its log.
 */
public final class PodStart {
    private static final Logger log = LoggerFactory.getLogger(PodStart.class);

    private static final Duration AGAIN = Duration.ofSeconds(2);

    private PodStart() {}

    /**
     * Reads the dataset's file and opens its sources, until that works.
     *
     * @param waiting is told why it does not
     */
    public static TreeFile begin(TreeFileWatch file, Consumer<String> waiting) throws IOException {
        String told = "";
        while (true) {
            String why;
            try {
                return file.begin();
            } catch (CliException | IOException e) {
                why = String.valueOf(e.getMessage());
            }
            if (!why.equals(told)) {
                log.error("waits until its sources can be read: {}", why);
                told = why;
            }
            waiting.accept(why);
            try {
                Thread.sleep(AGAIN);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted before the sources could be read", e);
            }
        }
    }
}
