package dev.leat.meta.engine.sqlite;

import dev.leat.sys.Threads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.SQLException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves the log to the file in the background, so that no commit waits for it, and notices when the file was removed or replaced
 * under us: commits would go on into a file that nobody can open again.
 */
final class Janitor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Janitor.class);

    /** How often it looks; the log of a busy volume grows by some tens of MiB meanwhile. */
    private static final long INTERVAL_MS = 250;

    /** Pages (of 4 KiB) in the log from which the committer empties it itself, since under load a background one never ends. */
    private static final long LOG_PAGES_MAX = 16_384;

    private final Path file;
    private final SqliteLink link;
    private final GroupCommitter committer;
    private final @Nullable Object identity;
    private final Thread thread;
    private volatile boolean gone;
    private boolean failing;

    /**
     * Starts the thread.
     *
     * @param link a connection of its own, closed by this
     */
    Janitor(Path file, SqliteLink link, GroupCommitter committer) {
        this.file = file;
        this.link = link;
        this.committer = committer;
        this.identity = identity();
        this.thread = Thread.ofPlatform().name("leat-sqlite-janitor").daemon().unstarted(this::work);
        thread.start();
    }

    /** Whether the file is no longer the one that was opened. */
    boolean isGone() {
        return gone;
    }

    private void work() {
        try (link) {
            while (!Thread.interrupted()) {
                try {
                    Thread.sleep(INTERVAL_MS);
                } catch (InterruptedException e) {
                    break;
                }
                if (!gone && !Objects.equals(identity, identity())) {
                    gone = true;
                    LOG.error("{} was removed or replaced while it was open; nothing more is committed to it", file);
                }
                if (!gone) {
                    checkpoint();
                }
            }
        }
    }

    private void checkpoint() {
        try {
            if (link.checkpoint() > LOG_PAGES_MAX) {
                committer.wantCheckpoint();
            }
            failing = false;
        } catch (SQLException e) {
            link.recover();
            if (!failing) {
                LOG.warn(
                        "cannot shorten the log: {}",
                        SqliteErrors.translate(file, e).getMessage());
            }
            failing = true;
        }
    }

    private @Nullable Object identity() {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        } catch (IOException e) {
            return null;
        }
    }

    @Override
    public void close() {
        thread.interrupt();
        Threads.join(thread);
    }
}
