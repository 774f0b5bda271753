package dev.leat.cache;

import dev.leat.store.BlobId;
import dev.leat.sys.Errno;
import dev.leat.sys.ErrnoException;
import dev.leat.sys.FileHandle;
import dev.leat.sys.Io;
import dev.leat.sys.Open;
import dev.leat.sys.Threads;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what the cache has on disks, slowly and over and over, and forgets pages that are not as they were written: hits are not
 * verified, so a disk that rots would be believed for ever. It reads past the page cache, which would hide the disk, and
 * crowd out what is in use.
 *
 * <p>A page is forgotten after two reads of it that do not match, by a unit that stayed the same meanwhile.
 */
final class Scrubber implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Scrubber.class);

    /** What direct I/O wants addresses, offsets and lengths to be multiples of, in bytes. */
    private static final int ALIGNMENT_BYTES = 4096;

    /** Pause after a round, and between looks at a cache that holds nothing. */
    private static final long ROUND_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final List<CacheDirectory> directories;
    private final long bytesPerSecond;
    private final Thread thread;
    private volatile boolean stopped;

    /** Pages of one blob in a unit: where the blob's first byte there lies, counted from the unit's start. */
    private record Piece(BlobId id, long blobBase, int firstPage, int endPage, long blobBytes) {}

    Scrubber(List<CacheDirectory> directories, long bytesPerSecond) {
        this.directories = directories;
        this.bytesPerSecond = bytesPerSecond;
        this.thread = Thread.ofPlatform().daemon().name("cache-scrubber").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    private void run() {
        while (!stopped) {
            LockSupport.parkNanos(ROUND_PAUSE_NANOS);
            round();
        }
    }

    /** Goes over everything once. */
    void round() {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment buffer = arena.allocate(Geometry.BLOCK_BYTES, ALIGNMENT_BYTES);
            for (CacheDirectory directory : directories) {
                for (int slot = 1; slot < directory.units.slotsInUse() && !stopped; slot++) {
                    long began = System.nanoTime();
                    pace(began, directory.failure() == null ? unit(directory, slot, buffer) : 0);
                }
            }
        }
    }

    private void pace(long began, long bytes) {
        long due = began + (long) (bytes * 1e9 / bytesPerSecond);
        while (!stopped && System.nanoTime() < due) {
            LockSupport.parkNanos(due - System.nanoTime());
        }
    }

    /** Looks at one unit; returns the bytes that were read. */
    private static long unit(CacheDirectory dir, int slot, MemorySegment buffer) {
        int epoch = dir.epochs.enter();
        try {
            SlotTable slots = dir.slots;
            if (slots.state(slot) == SlotTable.FREE || slots.flag(slot, SlotTable.FLAG_SUSPECT)) {
                return 0;
            }
            int generation = slots.generation(slot);
            boolean shared = slots.flag(slot, SlotTable.FLAG_SHARED);
            FileHandle handle = shared ? dir.shared.at(slot) : ownHandle(dir, slot);
            List<Piece> pieces = shared ? members(dir, slot) : own(dir, slot);
            if (handle == null || pieces.isEmpty()) {
                return 0;
            }
            long at = shared ? SharedFiles.offset(slot) : (long) slots.block(slot) << Geometry.BLOCK_SHIFT;
            long got = readDirect(handle, at, buffer);
            for (Piece piece : pieces) {
                check(dir, slot, generation, handle, at, piece, buffer);
            }
            dir.stats.scrubbedBytes.add(got);
            return got;
        } catch (IOException e) {
            dir.fail("cannot read what is kept", e);
            return 0;
        } finally {
            dir.epochs.exit(epoch);
        }
    }

    private static @Nullable FileHandle ownHandle(CacheDirectory dir, int slot) {
        OwnFile file = dir.files.get(new BlobId(dir.slots.session(slot), dir.slots.sequence(slot)));
        if (file == null) {
            return null;
        }
        FileHandle handle = file.handle;
        return handle != null ? handle : dir.open(file);
    }

    private static List<Piece> own(CacheDirectory dir, int slot) {
        long blobBytes = dir.slots.blobBytes(slot);
        int block = dir.slots.block(slot);
        int pages = Geometry.pagesOf(Geometry.blockBytes(blobBytes, block), Geometry.pageShift(blobBytes));
        BlobId id = new BlobId(dir.slots.session(slot), dir.slots.sequence(slot));
        return List.of(new Piece(id, (long) block << Geometry.BLOCK_SHIFT, 0, pages, blobBytes));
    }

    private static List<Piece> members(CacheDirectory dir, int slot) throws IOException {
        List<Piece> pieces = new ArrayList<>();
        dir.index.eachMember(
                dir.slots,
                slot,
                member -> pieces.add(new Piece(
                        new BlobId(member.session(), member.sequence()),
                        -((long) member.firstPage() << Geometry.SMALL_PAGE_SHIFT),
                        member.firstPage(),
                        member.firstPage() + Geometry.pagesOf(member.bytes(), Geometry.SMALL_PAGE_SHIFT),
                        member.bytes())));
        return pieces;
    }

    /** Reads a unit from the disk, or as it comes where direct I/O is not possible; behind the end of the file come zeros. */
    private static long readDirect(FileHandle handle, long at, MemorySegment buffer) throws ErrnoException {
        long got;
        Path itself = Path.of("/proc/self/fd/" + handle.descriptor());
        try (FileHandle direct = FileHandle.open(itself, Open.RDONLY | Open.DIRECT | Open.CLOEXEC, 0)) {
            got = readOnce(direct, at, buffer);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EINVAL) {
                throw e;
            }
            got = handle.pread(buffer, at);
        }
        buffer.asSlice(got).fill((byte) 0);
        return got;
    }

    /** Direct reads end at the end of the file, at an offset where no further one may begin. */
    private static long readOnce(FileHandle direct, long at, MemorySegment buffer) throws ErrnoException {
        long size = direct.size();
        long wanted = Math.clamp(size - at, 0, buffer.byteSize());
        long whole = Math.min(buffer.byteSize(), (wanted + ALIGNMENT_BYTES - 1) & -ALIGNMENT_BYTES);
        long got = 0;
        while (got < wanted) {
            long n = Io.pread(direct.descriptor(), buffer.asSlice(got), whole - got, at + got);
            if (n < 0 && Io.errno(n) != Errno.EINTR) {
                throw new ErrnoException(Io.errno(n), "pread(" + direct + ")");
            }
            if (n == 0) {
                break;
            }
            got += Math.max(0, n);
        }
        return Math.min(got, wanted);
    }

    private static void check(
            CacheDirectory dir, int slot, int generation, FileHandle handle, long at, Piece piece, MemorySegment buffer)
            throws IOException {
        int shift = Geometry.pageShift(piece.blobBytes());
        int[] sums = dir.index.readChecksums(slot, piece.firstPage(), piece.endPage() - piece.firstPage());
        for (int page = piece.firstPage(); page < piece.endPage(); page++) {
            int wanted = sums[page - piece.firstPage()];
            if (dir.slots.present(slot, page, page + 1)
                    && sum(piece, page, shift, buffer, (long) page << shift) != wanted
                    && stillWrong(dir, slot, handle, at, piece, page, shift)) {
                forget(dir, slot, generation, piece, page, shift);
            }
        }
    }

    private static int sum(Piece piece, int page, int shift, MemorySegment from, long fromOffset) {
        long inBlob = piece.blobBase() + ((long) page << shift);
        int bytes = (int) Math.min(1L << shift, piece.blobBytes() - inBlob);
        return Checksums.page(piece.id().session(), piece.id().sequence(), inBlob, from, fromOffset, bytes);
    }

    /** A fill may have written it between the reads of the bytes and of the checksum: both are looked at again. */
    private static boolean stillWrong(
            CacheDirectory dir, int slot, FileHandle handle, long at, Piece piece, int page, int shift)
            throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment again = arena.allocate(Math.max(1L << shift, ALIGNMENT_BYTES), ALIGNMENT_BYTES);
            readDirect(handle, at + ((long) page << shift), again);
            return sum(piece, page, shift, again, 0) != dir.index.readChecksums(slot, page, 1)[0];
        }
    }

    private static void forget(CacheDirectory dir, int slot, int generation, Piece piece, int page, int shift) {
        dir.lock.lock();
        try {
            if (dir.slots.generation(slot) != generation || dir.slots.state(slot) == SlotTable.FREE) {
                return;
            }
            dir.forgetPage(slot, page, shift);
        } finally {
            dir.lock.unlock();
        }
        dir.stats.corruptPages.increment();
        LOG.error(
                "cache folder {}: blob {} is not as it was written at {}; it is fetched again. Check the disk",
                dir.folder().path(),
                piece.id(),
                piece.blobBase() + ((long) page << shift));
    }

    @Override
    public void close() {
        stopped = true;
        LockSupport.unpark(thread);
        Threads.join(thread);
    }
}
