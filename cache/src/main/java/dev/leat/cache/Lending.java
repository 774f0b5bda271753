package dev.leat.cache;

import dev.leat.store.Blob;
import dev.leat.sys.FileHandle;
import dev.leat.sys.FileStat;
import dev.leat.sys.Open;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lends the segment files of large blobs. Only a complete copy is lent, none of whose pages waits to be checked; and no
 * more bytes than the high watermark, so that there always is something that can be evicted.
 *
 * <p>A file that was lent once carries the sticky bit, which means nothing to Linux on a file: a program that has mapped
 * it keeps the mapping after it has closed the file, which nobody tells the cache, and even after this process has died.
 * So such a file is evicted as a whole, by deleting it, also by whoever has the folder next.
 */
final class Lending {
    private static final Logger LOG = LoggerFactory.getLogger(Lending.class);
    private static final int STICKY = 01000;
    private static final int PERMISSIONS = 0600;

    private final CacheDirectory dir;
    private final SlotTable slots;
    private final AtomicLong lentBytes = new AtomicLong();
    private final ConcurrentHashMap<Path, Boolean> movable = new ConcurrentHashMap<>();

    Lending(CacheDirectory dir) {
        this.dir = dir;
        this.slots = dir.slots;
    }

    /** Whether a segment file of an earlier run may still be mapped by somebody. */
    static boolean wasLent(FileStat stat) {
        return (stat.mode() & STICKY) != 0;
    }

    /** Bytes of the files that are lent now. */
    long lentBytes() {
        return lentBytes.get();
    }

    /**
     * Lends a blob's file; null when there is no complete one, or as much is lent as may be.
     *
     * @param keeper the folder that the borrower may move it to, if it is to be lent to one alone
     */
    @Nullable
    Loan lend(Blob blob, Loan.Taker taker, @Nullable Path keeper) throws IOException {
        if (keeper != null && !canMove(keeper)) {
            return null;
        }
        OwnFile file = borrow(blob, keeper != null);
        if (file == null) {
            return null;
        }
        boolean taken = false;
        try {
            taken = hand(file, taker);
        } finally {
            if (!taken) {
                takeBack(file);
            }
        }
        return taken ? new Loan(this, file) : null;
    }

    private boolean hand(OwnFile file, Loan.Taker taker) throws IOException {
        try (FileHandle handle = FileHandle.open(file.path, Open.RDONLY, 0)) {
            if (handle.size() != file.sizeBytes) {
                dir.fail("segment file " + handle + " is not as long as its blob", null);
                return false;
            }
            taker.take(handle.descriptor());
            return true;
        }
    }

    /** Whether files can be moved from here to a folder by a rename, which they cannot from one disk to another. */
    private boolean canMove(Path folder) {
        return movable.computeIfAbsent(folder, target -> {
            Path probe = null;
            try {
                probe = Files.createTempFile(dir.folder().path(), "probe-", "");
                Path moved = target.resolve(probe.getFileName());
                Files.move(probe, moved, StandardCopyOption.ATOMIC_MOVE);
                probe = moved;
                return true;
            } catch (IOException e) {
                LOG.info(
                        "files of {} cannot be moved to {}, so they are not lent to a mount that can write: {}",
                        dir.folder().path(),
                        target,
                        e.toString());
                return false;
            } finally {
                delete(probe);
            }
        });
    }

    private static void delete(@Nullable Path probe) {
        try {
            if (probe != null) {
                Files.deleteIfExists(probe);
            }
        } catch (IOException e) {
            LOG.debug("{} stays: {}", probe, e.toString());
        }
    }

    /** Gives a lent file away for good; false while it is being written. */
    boolean give(OwnFile file, Path target) throws IOException {
        FileHandle handle;
        dir.lock.lock();
        try {
            if (file.loans != 1 || dir.units.own().written(file)) {
                return false;
            }
            Files.move(file.path, target, StandardCopyOption.ATOMIC_MOVE);
            file.path = target;
            file.loans = 0;
            lentBytes.addAndGet(-file.sizeBytes);
            if (dir.failure() == null && dir.files.get(file.id) == file) {
                dir.units.own().give(file);
            }
            handle = file.handle;
            file.handle = null;
        } finally {
            dir.lock.unlock();
        }
        if (handle != null) {
            dir.epochs.synchronize();
            handle.close();
            dir.openFiles.decrementAndGet();
        }
        Files.setAttribute(target, "unix:mode", PERMISSIONS);
        return true;
    }

    private @Nullable OwnFile borrow(Blob blob, boolean alone) {
        dir.lock.lock();
        try {
            OwnFile file = dir.files.get(blob.id());
            if (dir.failure() != null || file == null || file.sizeBytes != blob.sizeBytes()) {
                return null;
            }
            if (alone && file.loans > 0) {
                return null;
            }
            boolean tooMuch = file.loans == 0 && lentBytes.get() + file.sizeBytes > dir.spec.highBytes();
            if (tooMuch || !isWhole(file, true)) {
                return null;
            }
            if (!file.lent) {
                Files.setAttribute(file.path, "unix:mode", STICKY | PERMISSIONS);
                file.lent = true;
            }
            if (file.loans++ == 0) {
                lentBytes.addAndGet(file.sizeBytes);
            }
            touch(file);
            return file;
        } catch (IOException e) {
            LOG.warn("cache file of blob {} cannot be marked as lent, so it is not: {}", blob.id(), e.toString());
            return null;
        } finally {
            dir.lock.unlock();
        }
    }

    /** Whether all pages of a file are there, and checked if that is asked for; under the directory's lock. */
    boolean isWhole(OwnFile file, boolean checked) {
        int shift = Geometry.pageShift(file.sizeBytes);
        for (int block = 0; block < file.units.length(); block++) {
            long unit = file.units.get(block);
            int slot = OwnFile.slot(unit);
            int pages = Geometry.pagesOf(Geometry.blockBytes(file.sizeBytes, block), shift);
            if (unit <= 0
                    || slots.generation(slot) != OwnFile.generation(unit)
                    || !slots.present(slot, 0, pages)
                    || (checked && slots.flag(slot, SlotTable.FLAG_SUSPECT))) {
                return false;
            }
        }
        return true;
    }

    void takeBack(OwnFile file) {
        dir.lock.lock();
        try {
            if (--file.loans == 0) {
                lentBytes.addAndGet(-file.sizeBytes);
            }
            touch(file);
        } finally {
            dir.lock.unlock();
        }
    }

    /** Reads past the cache are not seen one by one; the file counts as used when it is taken and when it comes back. */
    private void touch(OwnFile file) {
        dir.clock.advance();
        for (int block = 0; block < file.units.length(); block++) {
            long unit = file.units.get(block);
            if (unit > 0 && slots.generation(OwnFile.slot(unit)) == OwnFile.generation(unit)) {
                dir.touch(OwnFile.slot(unit));
            }
        }
    }
}
