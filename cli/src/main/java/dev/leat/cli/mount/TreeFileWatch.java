package dev.leat.cli.mount;

import dev.leat.cli.CliException;
import dev.leat.cli.option.TreeFile;
import dev.leat.store.StoreException;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the file that names a mount's sources. Its text is looked at once a second, by its path: it may be written to, replaced
 * whole, or be a link that is turned to another file, as Kubernetes does. What cannot be read or carried out changes nothing,
 * and is told in the log and by {@code leat status}; a source that does not answer is tried again.
 */
public final class TreeFileWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TreeFileWatch.class);

    private static final Duration LOOK = Duration.ofSeconds(1);

    /** How long after a source did not answer it is tried again. */
    private static final Duration AGAIN = Duration.ofSeconds(30);

    /** No file that names sources is that long. */
    private static final long LENGTH_MAX = 16L << 20;

    private final Path file;
    private final Target target;
    private @Nullable Thread thread;
    private String seen = "";
    private String good = "";
    private volatile @Nullable String problem;
    private volatile Instant applied = Instant.now();
    private long againNs;
    private boolean again;

    /** What is done when the file says something else. */
    public interface Target {
        /** Carries it out, whole or not at all. */
        void set(TreeFile tree) throws IOException;
    }

    /** Of a file, which is not read yet. */
    public TreeFileWatch(Path file, Target target) {
        this.file = file;
        this.target = target;
    }

    /** Reads the file for the first time; what is wrong with it, or with a source that it names, is thrown. */
    public TreeFile begin() throws IOException {
        String text = read();
        TreeFile tree = TreeFile.parse(file.toString(), text);
        target.set(tree);
        seen = text;
        good = text;
        return tree;
    }

    private String read() throws IOException {
        try {
            if (Files.size(file) > LENGTH_MAX) {
                throw CliException.misused(file + " is longer than 16 MiB; it cannot be what names the mounts");
            }
            return Files.readString(file);
        } catch (MalformedInputException e) {
            throw CliException.misused(file + " is not text in UTF-8");
        } catch (IOException e) {
            throw CliException.failed(
                    file + " cannot be read: " + e.getClass().getSimpleName() + "; the mounts stay as they are");
        }
    }

    /** Follows it from now on. */
    public void start() {
        thread = Thread.ofPlatform().daemon().name("mounts-file").start(this::follow);
    }

    private void follow() {
        try {
            while (true) {
                Thread.sleep(LOOK);
                look();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        String text;
        try {
            text = read();
        } catch (CliException e) {
            tell(String.valueOf(e.getMessage()));
            return;
        } catch (IOException e) {
            tell(file + ": " + e.getMessage());
            return;
        }
        boolean retry = again && System.nanoTime() - againNs >= 0;
        if (text.equals(seen) && !retry) {
            if (!again && problem != null && text.equals(good)) {
                problem = null;
            }
            return;
        }
        seen = text;
        apply(text);
    }

    private void apply(String text) {
        again = false;
        try {
            target.set(TreeFile.parse(file.toString(), text));
            good = text;
            applied = Instant.now();
            problem = null;
            log.info("{} is carried out", file);
        } catch (CliException e) {
            tell(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            tell(file + ": " + e.getMessage());
            again = !(e instanceof StoreException failed) || failed.kind().retryable();
            againNs = System.nanoTime() + AGAIN.toNanos();
        } catch (RuntimeException e) {
            log.error("{} could not be carried out", file, e);
            tell(file + ": " + e);
        }
    }

    private void tell(String why) {
        if (!why.equals(problem)) {
            log.error("the mounts stay as they are: {}", why);
        }
        problem = why;
    }

    /** What {@code leat status} tells. */
    public Map<String, @Nullable Object> facts() {
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("mountsFile", file.toString());
        facts.put("mountsFileApplied", applied.toString());
        facts.put("mountsFileProblem", problem);
        return facts;
    }

    @Override
    public void close() {
        Thread running = thread;
        if (running != null) {
            running.interrupt();
            try {
                // A source that is being opened is not waited for.
                running.join(LOOK);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
