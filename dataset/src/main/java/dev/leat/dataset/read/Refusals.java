package dev.leat.dataset.read;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Files of a sealed version that were asked for and are not what was sealed: told once in the log, and remembered. */
public final class Refusals {
    private static final Logger log = LoggerFactory.getLogger(Refusals.class);

    /** Paths that are remembered; further ones are counted. */
    private static final int PATHS_MAX = 100;

    private final Set<String> paths = new LinkedHashSet<>();
    private long reads;

    /** A read of a file was refused. */
    public synchronized void add(String version, String path, String why) {
        reads++;
        if (paths.size() < PATHS_MAX && paths.add(path)) {
            log.error("{} is not what was sealed as {}, and is not served: {}", path, version, why);
        }
    }

    /** The first files, in the order in which they were asked for. */
    public synchronized List<String> paths() {
        return new ArrayList<>(paths);
    }

    /** Reads that were refused. */
    public synchronized long reads() {
        return reads;
    }
}
