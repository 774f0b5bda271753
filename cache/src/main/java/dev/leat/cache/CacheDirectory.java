package dev.leat.cache;

import dev.leat.store.Blob;
import dev.leat.store.BlobId;
import dev.leat.sys.Errno;
import dev.leat.sys.ErrnoException;
import dev.leat.sys.FileHandle;
import dev.leat.sys.Io;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.file.FileSystemException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One directory of a tier: its segment files, its tables, its index. Reads take no lock (see {@link SlotTable}); what
 * changes which unit belongs to whom happens under {@link #lock}, which is never held while data is read or written.
 *
 * <p>A disk that fails takes the directory out of service, once and for all: from then on everything is a miss here.
 */
final class CacheDirectory implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CacheDirectory.class);

    /** Whether a range was read. */
    enum Found {
        /** All of it is in the destination. */
        HIT,
        /** It is here, but only a read that may wait can have it. */
        WAIT,
        /** Not all of it is here. */
        MISS
    }

    /** How long fills keep away from a full file system, in nanoseconds: the keeper needs a moment to make room. */
    private static final long FULL_PAUSE_NANOS = 2_000_000_000L;

    final DirectorySpec spec;
    final CacheStats stats;
    final CacheClock clock;
    final ReentrantLock lock = new ReentrantLock();
    final ReaderEpochs epochs = new ReaderEpochs();
    final SlotTable slots;
    final MemberTable members = new MemberTable();
    final ReusePolicy policy;
    final ConcurrentHashMap<BlobId, OwnFile> files = new ConcurrentHashMap<>();
    final SharedFiles shared;
    final IndexFiles index;
    final UnitAllocator units;
    final SuspectPages suspects;
    final Lending lending;
    private final DirectWrites directWrites;
    final ConcurrentLinkedQueue<Integer> dirtySlots = new ConcurrentLinkedQueue<>();
    final AtomicLong ownBytes = new AtomicLong();
    private final AtomicLong heldBytes = new AtomicLong();
    final AtomicInteger openFiles = new AtomicInteger();
    private final FolderLock folder;
    private final @Nullable DirectoryKeeper keeper;
    private volatile @Nullable String failure;
    private volatile long fullUntilNanos = System.nanoTime();
    private volatile boolean belowFloor;

    /** Takes a locked folder into service with what it holds. */
    CacheDirectory(
            FolderLock folder, DirectorySpec spec, Writers writers, CacheStats stats, CacheClock clock, String bootId)
            throws IOException {
        this.folder = folder;
        this.spec = spec;
        this.stats = stats;
        this.clock = clock;
        this.slots = new SlotTable(spec.slotsMax());
        this.policy = new ReusePolicy(spec.quotaBytes());
        this.directWrites = new DirectWrites(!spec.memory(), writers::behind);
        this.shared = new SharedFiles(folder.path());
        this.index = IndexFiles.open(folder.path());
        this.units = new UnitAllocator(this);
        this.suspects = new SuspectPages(this);
        this.lending = new Lending(this);
        new DirectoryLoader(this, folder.path(), bootId).load();
        index.writeHeader(spec.volume(), suspects.any() ? IndexFiles.UNCHECKED : bootId, false);
        keeper = new DirectoryKeeper(this, folder.path(), bootId);
        keeper.start();
    }

    /** Reads a range that lies within one block. */
    Found read(Blob blob, long offset, MemorySegment to, long toOffset, int length, boolean wait) {
        if (failure != null) {
            return Found.MISS;
        }
        int epoch = epochs.enter();
        try {
            return Geometry.ownsSegment(blob.sizeBytes())
                    ? readOwn(blob, offset, to, toOffset, length, wait)
                    : readShared(blob, offset, to, toOffset, length, wait);
        } finally {
            epochs.exit(epoch);
        }
    }

    private Found readOwn(Blob blob, long offset, MemorySegment to, long toOffset, int length, boolean wait) {
        OwnFile file = files.get(blob.id());
        if (file == null) {
            return Found.MISS;
        }
        long unit = file.units.get(Geometry.blockOf(offset));
        if (unit <= 0) {
            return Found.MISS;
        }
        int slot = OwnFile.slot(unit);
        int shift = Geometry.pageShift(file.sizeBytes);
        int inBlock = Geometry.inBlock(offset);
        int first = inBlock >>> shift;
        int end = Geometry.pagesOf(inBlock + length, shift);
        if (slots.generation(slot) != OwnFile.generation(unit) || !slots.present(slot, first, end)) {
            return Found.MISS;
        }
        FileHandle handle = file.handle;
        if (handle == null) {
            if (!wait) {
                return Found.WAIT;
            }
            handle = open(file);
            if (handle == null) {
                return Found.MISS;
            }
        }
        if (slots.flag(slot, SlotTable.FLAG_SUSPECT)
                && !suspects.checked(slot, handle, offset - inBlock, file.id, file.sizeBytes, first, end, wait)) {
            return wait ? Found.MISS : Found.WAIT;
        }
        return copy(slot, OwnFile.generation(unit), handle, offset, to, toOffset, length, wait);
    }

    private Found readShared(Blob blob, long offset, MemorySegment to, long toOffset, int length, boolean wait) {
        long session = blob.id().session();
        long sequence = blob.id().sequence();
        long place = wait ? members.findExactly(session, sequence) : members.find(session, sequence);
        if (place == 0) {
            return Found.MISS;
        }
        int slot = MemberTable.slot(place);
        int generation = slots.generation(slot);
        int base = MemberTable.firstPage(place);
        int first = base + (int) (offset >>> Geometry.SMALL_PAGE_SHIFT);
        int end = base + Geometry.pagesOf((int) offset + length, Geometry.SMALL_PAGE_SHIFT);
        if ((generation & 0xffff) != MemberTable.generation(place) || !slots.present(slot, first, end)) {
            return Found.MISS;
        }
        FileHandle handle = shared.at(slot);
        if (handle == null) {
            return Found.MISS;
        }
        long start = SharedFiles.offset(slot) + ((long) base << Geometry.SMALL_PAGE_SHIFT);
        if (slots.flag(slot, SlotTable.FLAG_SUSPECT)
                && !suspects.checkedMember(slot, handle, start, blob, base, first, end, wait)) {
            return wait ? Found.MISS : Found.WAIT;
        }
        return copy(slot, generation, handle, start + offset, to, toOffset, length, wait);
    }

    private Found copy(
            int slot,
            int generation,
            FileHandle handle,
            long fileOffset,
            MemorySegment to,
            long toOffset,
            int length,
            boolean wait) {
        try {
            long n = wait || spec.memory()
                    ? handle.pread(to.asSlice(toOffset, length), fileOffset)
                    : Io.preadNoWait(handle.descriptor(), to.asSlice(toOffset, length), length, fileOffset);
            // The bytes were copied before the generation is looked at again.
            VarHandle.acquireFence();
            if (slots.generation(slot) != generation) {
                return Found.MISS;
            }
            if (n != length) {
                if (!wait && !spec.memory()) {
                    return Found.WAIT;
                }
                fail("segment file " + handle + " ends at " + (fileOffset + n) + ", before its bytes do", null);
                return Found.MISS;
            }
        } catch (ErrnoException e) {
            if (slots.generation(slot) == generation) {
                fail("cannot read " + handle, e);
            }
            return Found.MISS;
        }
        touch(slot);
        return Found.HIT;
    }

    /** Notes that a unit was used. */
    void touch(int slot) {
        int now = clock.now();
        int before = slots.touched(slot);
        if (before != now) {
            slots.touched(slot, now);
            policy.reused(now - before);
        }
        if (slots.flag(slot, SlotTable.FLAG_PREFETCHED)) {
            slots.clearFlag(slot, SlotTable.FLAG_PREFETCHED);
        }
    }

    /** Opens a blob's file; null when it is gone. */
    @Nullable
    FileHandle open(OwnFile file) {
        lock.lock();
        try {
            FileHandle handle = file.handle;
            if (handle == null && files.get(file.id) == file) {
                handle = FileHandle.open(file.path, dev.leat.sys.Open.RDWR, 0600);
                file.handle = handle;
                file.lastUse = clock.now();
                openFiles.incrementAndGet();
            }
            return handle;
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EMFILE || e.errno() == Errno.ENFILE) {
                LOG.warn("no file descriptor left for cache file {}: raise the limit (ulimit -n)", file.path);
            } else {
                fail("cannot open " + file.path, e);
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /** The first page of the range in a block that is (or is not) here, or {@code endPage}. */
    int nextPage(Blob blob, int block, int firstPage, int endPage, boolean wanted) {
        if (failure != null) {
            return wanted ? endPage : firstPage;
        }
        if (Geometry.ownsSegment(blob.sizeBytes())) {
            OwnFile file = files.get(blob.id());
            long unit = file == null ? 0 : file.units.get(block);
            if (unit <= 0 || slots.generation(OwnFile.slot(unit)) != OwnFile.generation(unit)) {
                return wanted ? endPage : firstPage;
            }
            return slots.next(OwnFile.slot(unit), firstPage, endPage, wanted);
        }
        long place = members.findExactly(blob.id().session(), blob.id().sequence());
        int slot = MemberTable.slot(place);
        if (place == 0 || (slots.generation(slot) & 0xffff) != MemberTable.generation(place)) {
            return wanted ? endPage : firstPage;
        }
        int base = MemberTable.firstPage(place);
        return slots.next(slot, base + firstPage, base + endPage, wanted) - base;
    }

    /**
     * Keeps a range of one block, which begins at a page and ends at one or at the blob's end.
     *
     * @return whether it was kept; if not, there is no room that it may take
     */
    boolean fill(Blob blob, long offset, MemorySegment from, long fromOffset, int length, Admission admission) {
        if (!accepts()) {
            return false;
        }
        UnitAllocator.Target target = units.prepare(blob, offset, length, admission);
        return target != null && fill(target, blob, offset, from, fromOffset, length, admission);
    }

    private boolean fill(
            UnitAllocator.Target target,
            Blob blob,
            long offset,
            MemorySegment from,
            long fromOffset,
            int length,
            Admission admission) {
        // The unit's writer keeps its file open while the cache is; the epoch keeps the cache from closing it.
        int epoch = epochs.enter();
        try {
            if (failure != null) {
                return false;
            }
            write(target, blob, offset, from, fromOffset, length);
            if (admission.ahead()) {
                slots.setFlag(target.slot(), SlotTable.FLAG_PREFETCHED);
            }
        } catch (IOException e) {
            slots.setFlag(target.slot(), SlotTable.FLAG_TORN);
            writeFailed(e, target.handle().toString());
            return false;
        } finally {
            epochs.exit(epoch);
            slots.leaveWriter(target.slot());
        }
        stats.fills.increment();
        stats.filledBytes.add(length);
        return true;
    }

    private void write(
            UnitAllocator.Target target, Blob blob, long offset, MemorySegment from, long fromOffset, int length)
            throws IOException {
        int slot = target.slot();
        int shift = target.pageShift();
        int first = target.basePage() + (Geometry.inBlock(offset) >>> shift);
        int pages = Geometry.pagesOf(length, shift);
        int[] sums = new int[pages];
        for (int i = 0; i < pages; i++) {
            int at = i << shift;
            sums[i] = Checksums.page(
                    blob.id().session(),
                    blob.id().sequence(),
                    offset + at,
                    from,
                    fromOffset + at,
                    Math.min(1 << shift, length - at));
        }
        OwnFile file = target.file();
        MemorySegment bytes = from.asSlice(fromOffset, length);
        long direct = file == null ? 0 : directWrites.write(target.handle(), bytes, target.fileOffset());
        target.handle().pwrite(bytes.asSlice(direct), target.fileOffset() + direct);
        index.writeChecksums(slot, first, sums);
        if (file != null) {
            file.dirty = true;
        } else {
            shared.dirty(slot);
        }
        suspects.rewritten(slot, first, first + pages);
        // The last page by itself, for the blob may end in it.
        int last = slots.setPresent(slot, first + pages - 1, first + pages);
        int added = slots.setPresent(slot, first, first + pages - 1) + last;
        slots.addPresentPages(slot, added);
        held(slot, (added << shift) - (last == 0 ? 0 : (pages << shift) - length));
        if (file != null) {
            ownBytes.addAndGet((long) added << shift);
        }
        slots.touched(slot, clock.now());
        dirty(slot);
    }

    /** Has the keeper write a slot's record. */
    void dirty(int slot) {
        if (!slots.setFlag(slot, SlotTable.FLAG_DIRTY)) {
            dirtySlots.add(slot);
        }
    }

    /** Forgets a page that is not as it was written; under the lock. */
    void forgetPage(int slot, int page, int shift) {
        int cleared = slots.clearPresent(slot, page, page + 1);
        slots.addPresentPages(slot, -cleared);
        held(slot, -Math.min(cleared << shift, slots.heldBytes(slot)));
        if (!slots.flag(slot, SlotTable.FLAG_SHARED)) {
            ownBytes.addAndGet(-((long) cleared << shift));
        }
        dirty(slot);
    }

    void indexFailed(IOException e) {
        writeFailed(e, "the index in " + folder.path());
    }

    /** A full disk is no failure: nothing is kept for a while, and the keeper makes room. */
    void writeFailed(IOException e, String what) {
        if (isFull(e)) {
            fullUntilNanos = System.nanoTime() + FULL_PAUSE_NANOS;
            units.wakeKeeper();
        } else {
            fail("cannot write " + what, e);
        }
    }

    /** Whether there was no room; what the JDK's own calls throw has no error number, only its text. */
    static boolean isFull(IOException e) {
        if (e instanceof ErrnoException call) {
            return call.errno() == Errno.ENOSPC || call.errno() == Errno.EDQUOT;
        }
        String reason = e instanceof FileSystemException call ? call.getReason() : null;
        return reason != null && (reason.contains("No space left on device") || reason.contains("quota exceeded"));
    }

    /** Takes the directory out of service; said once. */
    void fail(String what, @Nullable Exception cause) {
        lock.lock();
        try {
            if (failure != null) {
                return;
            }
            failure = cause == null ? what : what + ": " + cause.getMessage();
        } finally {
            lock.unlock();
        }
        stats.diskFailures.increment();
        LOG.error(
                "cache directory {} is out of service ({}); reads go on from the next tier or the store. "
                        + "Check the disk, then mount again",
                folder.path(),
                failure);
    }

    /** Ends service in order. */
    void markClosed() {
        lock.lock();
        try {
            if (failure == null) {
                failure = "closed";
            }
        } finally {
            lock.unlock();
        }
    }

    /** Why it is out of service, or null. */
    @Nullable
    String failure() {
        return failure;
    }

    boolean accepts() {
        return failure == null && !belowFloor && System.nanoTime() - fullUntilNanos >= 0;
    }

    boolean fileSystemFull() {
        return System.nanoTime() - fullUntilNanos < 0;
    }

    void belowFloor(boolean value) {
        belowFloor = value;
    }

    /** Forgets a blob; blocks that are being filled just now stay. */
    void evict(BlobId blob) {
        if (failure == null) {
            units.evict(blob);
        }
    }

    /** Bytes of a range of one block that are here, counted in whole pages cut at the range. */
    long cachedBytes(Blob blob, long offset, int length) {
        int shift = Geometry.pageShift(blob.sizeBytes());
        int block = Geometry.blockOf(offset);
        int from = Geometry.inBlock(offset);
        int end = Geometry.pagesOf(from + length, shift);
        long sum = 0;
        int page = from >>> shift;
        while (page < end) {
            int start = nextPage(blob, block, page, end, true);
            if (start >= end) {
                break;
            }
            page = nextPage(blob, block, start, end, false);
            sum += Math.min(from + length, (long) page << shift) - Math.max(from, (long) start << shift);
        }
        return sum;
    }

    void pin(Blob blob, boolean pinned) {
        if (failure == null) {
            units.pin(blob.id(), pinned);
        }
    }

    /** Bytes held, each shared group counted whole. */
    long usedBytes() {
        return ownBytes.get() + units.sharedBytes();
    }

    /** Bytes of blobs that are here: what it serves, and not what room it takes. */
    long heldBytes() {
        return heldBytes.get();
    }

    /** Counts bytes of blobs that came to a unit, or went. */
    void held(int slot, int bytes) {
        slots.addHeldBytes(slot, bytes);
        heldBytes.addAndGet(bytes);
    }

    /** Files in the folder. */
    long inodes() {
        lock.lock();
        try {
            return (long) files.size()
                    + units.own().spares.size()
                    + units.own().doomed.size()
                    + shared.count()
                    + OwnFiles.INDEX_INODES;
        } finally {
            lock.unlock();
        }
    }

    /** Runs one round of the background work now: sync, evict to the watermark, give space back. */
    void settle() {
        DirectoryKeeper k = keeper;
        if (k != null) {
            k.round();
        }
    }

    void wake() {
        DirectoryKeeper k = keeper;
        if (k != null) {
            k.wake();
        }
    }

    FolderLock folder() {
        return folder;
    }

    @Override
    public void close() {
        DirectoryKeeper k = keeper;
        if (k != null) {
            k.stop();
        }
        folder.close();
    }
}
