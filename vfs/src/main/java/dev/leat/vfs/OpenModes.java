package dev.leat.vfs;

import dev.leat.cache.BlobCache;
import dev.leat.cache.Loan;
import dev.leat.meta.fs.FsException;
import dev.leat.store.Blob;
import dev.leat.store.BlobId;
import dev.leat.sys.Errno;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How files are served: by this process, or by the kernel from a registered local file. The mode of a file is chosen at its first
 * open and holds until its last close, because the kernel wants all opens of an inode to agree; only the third may come after
 * the second.
 *
 * <ol>
 *   <li><i>daemon</i>: reads and writes come to this process.
 *   <li><i>clean</i>: the content is one blob of which the cache has a whole copy in a file of its own, which it lends; everybody
 *       only reads. On a mount that can write it is lent to this file alone.
 *   <li><i>work</i>: a work file holds all of the content, and the kernel writes to it ({@link WholeFile}). Files are so that were
 *       made or emptied when they were opened for writing; and those that were clean, once they are to be changed: the cache's file
 *       becomes the work file before the change, under the same number, so that who has it open or mapped sees the change.
 * </ol>
 *
 * <p>On a mount that only reads a clean file stands still: when others change the content, who has it open keeps what was there (see
 * {@link Inodes}).
 */
final class OpenModes {
    private static final Logger log = LoggerFactory.getLogger(OpenModes.class);

    private static final int O_ACCMODE = 3;
    private static final int O_RDWR = 2;
    private static final int O_APPEND = 02000;
    private static final int O_DSYNC = 010000;

    /** Smaller blobs share files of the cache, in bytes. */
    private static final long LEAST_BYTES = 4L << 20;

    private static final int SETUID_SETGID = 06000;

    /** How often a file is asked for that the cache is writing to. */
    private static final int DETACH_TRIES = 2_000;

    private static final long DETACH_PAUSE_NANOS = 1_000_000;

    private final BlobCache cache;
    private final WorkFiles workFiles;
    private final Buffers buffers;
    private final Map<OpenPath, LongAdder> opens = new EnumMap<>(OpenPath.class);
    private volatile @Nullable Passthrough kernel;
    private volatile @Nullable WorkRoom room;
    private WholeFile.Finder finder = (file, start, end, time, goesOn) -> {};
    private WholeFile.Published published = (file, start, end) -> false;

    /**
     * How one inode is served until its last close.
     *
     * @param number of the registered file; 0 for none
     * @param clean whether that is the cache's
     * @param loan by which it was lent; null if that is not known any more
     * @param blob whose copy that is; null if it is not the cache's
     */
    record Mode(
            OpenPath path,
            int number,
            boolean clean,
            @Nullable Loan loan,
            @Nullable BlobId blob) {
        static final Mode OFF = daemon(OpenPath.OFF);

        static Mode daemon(OpenPath why) {
            return new Mode(why, 0, false, null, null);
        }

        static Mode work(int number) {
            return new Mode(OpenPath.WORK, number, false, null, null);
        }

        boolean isWork() {
            return path == OpenPath.WORK;
        }
    }

    /**
     * The answer to an open.
     *
     * @param number of the registered file; 0 if this process serves the file
     * @param direct whether reads and writes through this handle come to this process all the same
     */
    record Answer(int number, boolean direct) {}

    OpenModes(BlobCache cache, WorkFiles workFiles, Buffers buffers) {
        this.cache = cache;
        this.workFiles = workFiles;
        this.buffers = buffers;
        for (OpenPath path : OpenPath.values()) {
            opens.put(path, new LongAdder());
        }
    }

    /** Who hears of what the kernel wrote, and knows what is published; before anything is opened. */
    void tell(WholeFile.Finder found, WholeFile.Published known) {
        finder = found;
        published = known;
    }

    /**
     * Opens may be handed to the kernel from now on.
     *
     * @param workRoom what there has to be room in before the kernel may write; null for a mount that only reads
     */
    void use(Passthrough passthrough, @Nullable WorkRoom workRoom) {
        room = workRoom;
        kernel = passthrough;
    }

    boolean inUse() {
        return kernel != null;
    }

    /** Whether the kernel is never to write. */
    boolean onlyReads() {
        return kernel != null && room == null;
    }

    /** Opens so far. */
    Map<OpenPath, Long> opens() {
        Map<OpenPath, Long> counts = new EnumMap<>(OpenPath.class);
        opens.forEach((path, count) -> counts.put(path, count.sum()));
        return counts;
    }

    private static boolean writes(int flags) {
        return (flags & O_ACCMODE) != 0;
    }

    /**
     * Chooses the mode of a file that was opened, or finds the chosen one.
     *
     * @param empty the directory or file whose quota counts, if the file was made or emptied by this open; else 0
     */
    Answer choose(OpenInode file, int flags, long empty) throws FsException {
        Mode mode = file.mode;
        boolean first = false;
        if (mode == null) {
            file.lock.lock();
            try {
                mode = file.mode;
                if (mode == null) {
                    mode = modeFor(file, flags, empty);
                    file.mode = mode;
                    first = true;
                }
            } finally {
                file.lock.unlock();
            }
        }
        if (mode.clean() && writes(flags)) {
            detach(file);
            mode = file.mode;
        }
        if (mode == null || mode.number() == 0) {
            count(mode == null ? OpenPath.OFF : first || mode.path() == OpenPath.OFF ? mode.path() : OpenPath.SHARED);
            return new Answer(0, false);
        }
        WholeFile whole = file.whole;
        boolean direct = writes(flags) && whole != null && (whole.detached || (flags & (O_APPEND | O_DSYNC)) != 0);
        if (whole != null && (flags & O_ACCMODE) == O_RDWR) {
            whole.openedForMapping();
        }
        count(direct ? OpenPath.WORK_WRITES : mode.path());
        return new Answer(mode.number(), direct);
    }

    private void count(OpenPath path) {
        LongAdder counter = opens.get(path);
        if (counter != null) {
            counter.increment();
        }
    }

    private Mode modeFor(OpenInode file, int flags, long empty) {
        Passthrough passthrough = kernel;
        if (passthrough == null) {
            return Mode.OFF;
        }
        WholeFile whole = file.whole;
        if (whole != null) {
            // Left by the daemon before: somebody has it mapped, and sees what others write only if all use the same
            // file.
            return workMode(file, whole, passthrough);
        }
        if (!writes(flags)) {
            return empty != 0 ? Mode.OFF : cleanMode(file, passthrough);
        }
        WorkRoom limits = room;
        boolean plain = empty != 0 && (flags & (O_APPEND | O_DSYNC)) == 0;
        if (limits == null
                || !plain
                || file.effectiveSize() != 0
                || (file.content.view().attr().mode() & SETUID_SETGID) != 0) {
            return Mode.daemon(OpenPath.CHANGES);
        }
        return limits.isThere(empty) ? workMode(file, passthrough) : Mode.daemon(OpenPath.ROOM);
    }

    private Mode cleanMode(OpenInode file, Passthrough passthrough) {
        Blob blob = file.hasWork ? null : file.content.onlyBlob();
        if (blob == null || blob.sizeBytes() < LEAST_BYTES) {
            return Mode.daemon(OpenPath.LAYOUT);
        }
        int[] number = new int[1];
        Loan.Taker taker = descriptor -> number[0] = passthrough.register(descriptor);
        try {
            Loan loan = room == null ? cache.lend(blob, taker) : cache.lendAlone(blob, workFiles.directory(), taker);
            return loan == null
                    ? Mode.daemon(OpenPath.PARTIAL)
                    : new Mode(OpenPath.PASSTHROUGH, number[0], true, loan, blob.id());
        } catch (IOException e) {
            if (number[0] != 0) {
                passthrough.forget(number[0]);
            }
            log.debug("inode {} is not handed to the kernel: {}", file.ino, e.getMessage());
            return Mode.daemon(OpenPath.REFUSED);
        }
    }

    /** Has the kernel write a file that is empty now; under its lock. */
    private Mode workMode(OpenInode file, Passthrough passthrough) {
        if (file.isDirty() || file.flushing != null || file.outdated != null) {
            return Mode.daemon(OpenPath.CHANGES);
        }
        try {
            WorkFile work = file.workFile(workFiles);
            work.resize(0);
            int number = passthrough.register(work.descriptor());
            try {
                work.whole();
            } catch (FsException e) {
                passthrough.forget(number);
                throw e;
            }
            WholeFile made = new WholeFile(work, false, buffers, finder);
            made.allKnown();
            file.whole = made;
            return Mode.work(number);
        } catch (IOException e) {
            log.debug("inode {} is not handed to the kernel: {}", file.ino, e.getMessage());
            return Mode.daemon(OpenPath.REFUSED);
        }
    }

    private static Mode workMode(OpenInode file, WholeFile whole, Passthrough passthrough) {
        try {
            return Mode.work(passthrough.register(whole.work.descriptor()));
        } catch (IOException e) {
            log.warn(
                    "inode {} is not handed to the kernel, so who has it mapped since before does not see changes: {}",
                    file.ino,
                    e.getMessage());
            return Mode.daemon(OpenPath.REFUSED);
        }
    }

    /** Goes on with a work file that the kernel wrote to before this process began. */
    void resume(OpenInode file, WorkFile work) {
        WholeFile whole = new WholeFile(work, true, buffers, finder);
        whole.openedForMapping();
        whole.resumed(published);
        file.whole = whole;
    }

    /**
     * Goes on with a file that the kernel serves since before this process began.
     *
     * @param number of the registered file; 0 for none
     * @param served whose copy that is; null if it is not the cache's
     */
    void resume(OpenInode file, int number, @Nullable BlobId served) {
        if (file.mode != null || number == 0) {
            return;
        }
        if (file.whole != null) {
            file.mode = Mode.work(number);
            return;
        }
        Blob blob = file.content.onlyBlob();
        boolean same = blob != null && blob.id().equals(served);
        Loan loan = null;
        try {
            Loan.Taker taken = descriptor -> {};
            loan = blob == null || !same
                    ? null
                    : room == null ? cache.lend(blob, taken) : cache.lendAlone(blob, workFiles.directory(), taken);
        } catch (IOException e) {
            log.debug("inode {}: {}", file.ino, e.getMessage());
        }
        file.replaced = !same;
        file.mode = new Mode(OpenPath.PASSTHROUGH, number, true, loan, served);
    }

    /** Before a file is changed: if the kernel reads it from the cache's copy, that becomes the file's own. */
    void detach(OpenInode file) throws FsException {
        Mode mode = file.mode;
        if (mode == null || !mode.clean()) {
            return;
        }
        file.lock.lock();
        try {
            mode = file.mode;
            if (mode == null || !mode.clean()) {
                return;
            }
            Loan loan = mode.loan();
            if (loan == null) {
                // What the kernel reads is not known by name any more; who opens it anew gets another node.
                file.superseded = true;
                throw new FsException(Errno.ESTALE);
            }
            WorkFile work = workFiles.take(file.ino, target -> keep(loan, target));
            WholeFile whole = new WholeFile(work, true, buffers, finder);
            whole.allKnown();
            file.work = work;
            file.whole = whole;
            file.hasWork = true;
            file.measure();
            file.mode = Mode.work(mode.number());
            work.changed(file);
        } catch (FsException e) {
            throw e;
        } catch (IOException e) {
            throw new FsException(
                    Errno.EIO, "inode " + file.ino + " cannot be taken out of the cache: " + e.getMessage(), e);
        } finally {
            file.lock.unlock();
        }
    }

    private static void keep(Loan loan, java.nio.file.Path target) throws IOException {
        for (int i = 0; !loan.keep(target); i++) {
            if (i > DETACH_TRIES) {
                throw new IOException("the cache is writing to it");
            }
            LockSupport.parkNanos(DETACH_PAUSE_NANOS);
        }
    }

    /** After the last close. */
    void end(OpenInode file) {
        Mode mode = file.mode;
        Passthrough passthrough = kernel;
        if (mode == null) {
            return;
        }
        if (mode.number() != 0 && passthrough != null) {
            passthrough.forget(mode.number());
        }
        if (mode.loan() != null && mode.clean()) {
            mode.loan().close();
        }
    }
}
