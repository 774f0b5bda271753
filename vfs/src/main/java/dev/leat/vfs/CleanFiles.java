package dev.leat.vfs;

import dev.leat.cache.BlobCache;
import dev.leat.cache.Loan;
import dev.leat.store.Blob;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files that the kernel reads by itself. A file is <i>clean</i> when its first open finds that its content is one blob of
 * which the cache has a whole copy in a file of its own; it stays so, or not, until its last close, because the kernel wants
 * all opens of an inode to agree. The copy is lent by the cache for that time.
 *
 * <p>A clean file stands still: when others change the content, who has it open keeps what was there (see {@link Inodes}).
 */
final class CleanFiles {
    private static final Logger log = LoggerFactory.getLogger(CleanFiles.class);

    /** Smaller blobs share files of the cache, in bytes. */
    private static final long LEAST_BYTES = 4L << 20;

    private final BlobCache cache;
    private final Map<OpenPath, LongAdder> opens = new EnumMap<>(OpenPath.class);
    private volatile @Nullable Passthrough kernel;

    /** How one inode is served until its last close. */
    record Mode(OpenPath path, int number, @Nullable Loan loan) {
        static final Mode OFF = daemon(OpenPath.OFF);

        static Mode daemon(OpenPath why) {
            return new Mode(why, 0, null);
        }

        boolean isClean() {
            return loan != null;
        }
    }

    CleanFiles(BlobCache cache) {
        this.cache = cache;
        for (OpenPath path : OpenPath.values()) {
            opens.put(path, new LongAdder());
        }
    }

    /** Opens may be handed to the kernel from now on. */
    void use(Passthrough passthrough) {
        kernel = passthrough;
    }

    boolean inUse() {
        return kernel != null;
    }

    /** Opens so far. */
    Map<OpenPath, Long> opens() {
        Map<OpenPath, Long> counts = new EnumMap<>(OpenPath.class);
        opens.forEach((path, count) -> counts.put(path, count.sum()));
        return counts;
    }

    /**
     * Chooses the mode of a file that was opened, or finds the chosen one.
     *
     * @return the number of the registered file for the answer to OPEN; 0 if this process serves it
     */
    int choose(OpenInode file) {
        Mode mode = file.mode;
        if (mode == null) {
            file.lock.lock();
            try {
                mode = file.mode;
                if (mode == null) {
                    mode = modeFor(file);
                    file.mode = mode;
                    count(mode.path());
                    return mode.number();
                }
            } finally {
                file.lock.unlock();
            }
        }
        boolean asBefore = mode.isClean() || mode.path() == OpenPath.OFF;
        count(asBefore ? mode.path() : OpenPath.SHARED);
        return mode.number();
    }

    private void count(OpenPath path) {
        LongAdder counter = opens.get(path);
        if (counter != null) {
            counter.increment();
        }
    }

    private Mode modeFor(OpenInode file) {
        Passthrough passthrough = kernel;
        if (passthrough == null) {
            return Mode.OFF;
        }
        Blob blob = file.hasWork ? null : file.content.onlyBlob();
        if (blob == null || blob.sizeBytes() < LEAST_BYTES) {
            return Mode.daemon(OpenPath.LAYOUT);
        }
        int[] number = new int[1];
        try {
            Loan loan = cache.lend(blob, descriptor -> number[0] = passthrough.register(descriptor));
            return loan == null ? Mode.daemon(OpenPath.PARTIAL) : new Mode(OpenPath.PASSTHROUGH, number[0], loan);
        } catch (IOException e) {
            if (number[0] != 0) {
                passthrough.forget(number[0]);
            }
            log.debug("inode {} is not handed to the kernel: {}", file.ino, e.getMessage());
            return Mode.daemon(OpenPath.REFUSED);
        }
    }

    /** After the last close. */
    void end(OpenInode file) {
        Mode mode = file.mode;
        Passthrough passthrough = kernel;
        if (mode != null && mode.loan() != null && passthrough != null) {
            passthrough.forget(mode.number());
            mode.loan().close();
        }
    }
}
