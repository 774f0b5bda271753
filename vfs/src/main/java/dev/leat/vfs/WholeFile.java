package dev.leat.vfs;

import dev.leat.cache.BufferPool;
import dev.leat.meta.fs.FsException;
import dev.leat.meta.fs.Time;
import dev.leat.sys.Errno;
import dev.leat.sys.FileStat;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A work file that the kernel reads and writes by itself (see {@link OpenModes}): all of the file's content lies in it, and what
 * programs write there nobody tells. It is found by looking: each piece of 64 KiB has a checksum of what it held when it was last
 * looked at, and what has another one by now is dirty. The sum is taken before the bytes are read for publication; what is written
 * in between is found the next time.
 *
 * <p>Stores through a mapping change the file's times when a clean page is first stored to, and not later. So the times tell that
 * nothing was written only while nobody can have mapped it for writing; else every look reads the whole file.
 *
 * <p>Lock order: {@link #lock}, then that of the {@link OpenInode}.
 */
final class WholeFile {
    /** Bytes under one checksum: the least that is published of a file that was written by the kernel. */
    static final int PIECE_BYTES = 64 << 10;

    private static final int READ_BYTES = 1 << 20;

    /** The sum of a piece that is all hole. */
    private static final long HOLE = 0;

    /** The sum of a piece that is dirty whatever it holds. */
    private static final long UNKNOWN = 1;

    /** A change this young may be followed by another one with the same time: kernels before 6.13 count in ticks of up to 10 ms. */
    private static final long TICK_NANOS = 20_000_000;

    private static final ThreadLocal<CRC32C> FIRST = ThreadLocal.withInitial(CRC32C::new);
    private static final ThreadLocal<CRC32> SECOND = ThreadLocal.withInitial(CRC32::new);

    /** Hears of bytes that the kernel wrote. */
    @FunctionalInterface
    interface Finder {
        /**
         * Bytes were written.
         *
         * @param goesOn whether what is behind them was not looked at yet
         */
        void found(OpenInode file, long start, long end, Time time, boolean goesOn) throws FsException;
    }

    /** Tells of pieces that nothing is known of whether they are what is published. */
    @FunctionalInterface
    interface Published {
        boolean same(OpenInode file, long start, long end) throws FsException;
    }

    final WorkFile work;

    /** Whether it was taken out of the cache: the daemon is told of what programs write, but for stores through mappings. */
    final boolean detached;

    final ReentrantLock lock = new ReentrantLock();
    private final Buffers buffers;
    private final Finder finder;

    // Guarded by lock.
    private final PieceSums sums = new PieceSums();

    /** The file's attributes when it was last looked at, before it was read; null if that does not tell anything. */
    private volatile @Nullable FileStat seen;

    /** Whether the file was changed just before that look: what was written right after it may have left the times alone. */
    private boolean young;

    /** The file's time after this process changed it last, which is no program's doing; null if it did not. */
    private @Nullable Time own;

    /** What is before this was looked at, at least while the file grew. */
    private volatile long sentEnd;

    /** Whether somebody may have mapped it for writing. */
    private volatile boolean mappable;

    /** Asked of what has no sum yet, until the first look; null if that was written. Guarded by lock. */
    private @Nullable Published published;

    /** Whether a mode with setuid or setgid was set while it is open: writes after that take them away, whoever writes. */
    private volatile boolean privileged;

    WholeFile(WorkFile work, boolean detached, Buffers buffers, Finder finder) {
        this.work = work;
        this.detached = detached;
        this.buffers = buffers;
        this.finder = finder;
        work.whole = this;
    }

    /** Somebody opens it for reading and writing, and may map it so. */
    void openedForMapping() {
        mappable = true;
    }

    /** Another daemon, of whose looks nothing is known, had it: what is as it is published was not written since. */
    void resumed(Published by) {
        lock.lock();
        try {
            published = by;
        } finally {
            lock.unlock();
        }
    }

    /** Setuid or setgid was set. */
    void privileged(boolean set) {
        privileged = set;
    }

    boolean isPrivileged() {
        return privileged;
    }

    /** Length in bytes, as the kernel sees it. */
    long sizeBytes() throws FsException {
        return work.stat().size();
    }

    /** Attributes now if they show that something was written since the last look; else null. */
    @Nullable
    FileStat changed() throws FsException {
        FileStat now = work.stat();
        return same(now, seen) ? null : now;
    }

    /** Bytes that it occupies on the disk. */
    long allocatedBytes() throws FsException {
        return work.stat().allocatedBytes();
    }

    /** About how many bytes were written since the last look, by what the file has grown; -1 if none were. */
    long unseenBytes() throws FsException {
        FileStat now = changed();
        FileStat before = seen;
        return now == null ? -1 : Math.max(0, now.size() - (before == null ? 0 : before.size()));
    }

    private static boolean same(FileStat now, @Nullable FileStat before) {
        return before != null
                && now.size() == before.size()
                && now.mtimeSec() == before.mtimeSec()
                && now.mtimeNsec() == before.mtimeNsec()
                && now.ctimeSec() == before.ctimeSec()
                && now.ctimeNsec() == before.ctimeNsec();
    }

    static Time mtime(FileStat stat) {
        return new Time(stat.mtimeSec(), stat.mtimeNsec());
    }

    /** Finds what was written since the last look. */
    void look(OpenInode file) throws FsException {
        lock.lock();
        try {
            FileStat now = work.stat();
            if (!mappable && !young && same(now, seen)) {
                return;
            }
            young = isYoung(now);
            find(file, now, 0, now.size());
            published = null;
            drop(now.size());
            FileStat before = seen;
            if (before != null
                    && !mtime(now).equals(mtime(before))
                    && !mtime(now).equals(own)) {
                // Also who writes the same bytes again gives the file a new time.
                finder.found(file, 0, 0, mtime(now), false);
            }
            seen = now;
            sentEnd = now.size() / PIECE_BYTES * PIECE_BYTES;
        } finally {
            lock.unlock();
        }
    }

    /** Whether a write after this may leave the times as they are. */
    private static boolean isYoung(FileStat stat) {
        long nowMicros = System.currentTimeMillis() * 1000;
        long changed = stat.ctimeSec() * 1_000_000 + stat.ctimeNsec() / 1000;
        // What was changed by a clock that has been set back since is never old.
        return Math.abs(nowMicros - changed) < TICK_NANOS / 1000 || changed > nowMicros;
    }

    /** Finds what a file has grown by, if that is much, so that it can be sent while it is being written. */
    void advance(OpenInode file, long leastBytes) throws FsException {
        FileStat now = work.stat();
        long end = (now.size() - 1) / PIECE_BYTES * PIECE_BYTES;
        if (end - sentEnd < leastBytes || !lock.tryLock()) {
            return;
        }
        try {
            find(file, now, sentEnd, end);
            sentEnd = end;
        } finally {
            lock.unlock();
        }
    }

    /** Compares a part of the file, piece by piece, and tells of what has another sum than before; {@code end} ends a piece or the file. */
    private void find(OpenInode file, FileStat now, long start, long end) throws FsException {
        Run run = new Run(file, now);
        try {
            long at = start;
            while (at < end) {
                long data = work.seekData(at);
                long dataStart = data < 0 || data >= end ? end : Math.max(at, data - data % PIECE_BYTES);
                holes(run, at, dataStart);
                if (dataStart >= end) {
                    break;
                }
                long hole = work.seekHole(data);
                long dataEnd = end - hole < PIECE_BYTES ? end : (hole + PIECE_BYTES - 1) / PIECE_BYTES * PIECE_BYTES;
                for (at = dataStart; at < dataEnd; at += READ_BYTES) {
                    compare(run, at, (int) Math.min(READ_BYTES, dataEnd - at));
                }
                at = dataEnd;
            }
            run.end(end < now.size());
        } catch (FsException | RuntimeException e) {
            run.forget();
            throw e;
        }
    }

    /** Pieces beside each other that were written. */
    private final class Run {
        private final OpenInode file;
        private final FileStat now;
        private long start = -1;
        private long end;

        Run(OpenInode file, FileStat now) {
            this.file = file;
            this.now = now;
        }

        void changed(long from, long to) throws FsException {
            if (start >= 0 && from != end) {
                end(false);
            }
            start = start < 0 ? from : start;
            end = to;
        }

        void end(boolean goesOn) throws FsException {
            if (start >= 0) {
                finder.found(file, start, Math.min(end, now.size()), mtime(now), goesOn);
                start = -1;
            }
        }

        /** What could not be told of is found again. */
        void forget() {
            for (long at = start; at >= 0 && at < end; at += PIECE_BYTES) {
                sums.set(piece(at), UNKNOWN);
            }
        }
    }

    /** Pieces that are holes now. */
    private void holes(Run run, long start, long end) throws FsException {
        // What was never data has no sum, however long the hole is.
        long last = end == start ? piece(start) : piece(end - 1) + 1;
        for (long piece = sums.next(piece(start), last); piece < last; piece = sums.next(piece + 1, last)) {
            long at = piece * PIECE_BYTES;
            run.changed(at, end - at < PIECE_BYTES ? end : at + PIECE_BYTES);
            sums.set(piece, HOLE);
        }
    }

    private void compare(Run run, long at, int length) throws FsException {
        long[] found = new long[(length + PIECE_BYTES - 1) / PIECE_BYTES];
        // Whoever is told of a run may need memory: this is given back before.
        try (BufferPool.Buffer buffer = buffers.take(READ_BYTES)) {
            work.read(at, buffer.segment(), 0, length);
            for (int i = 0; i < found.length; i++) {
                int offset = i * PIECE_BYTES;
                found[i] = sum(buffer.segment().asSlice(offset, Math.min(PIECE_BYTES, length - offset)));
            }
        }
        for (int i = 0; i < found.length; i++) {
            long piece = piece(at) + i;
            if (sums.get(piece) != found[i]) {
                long start = piece * PIECE_BYTES;
                long end = Math.min(at + length, start + PIECE_BYTES);
                // In this order: what could not be told of is found again.
                if (published == null || sums.get(piece) != HOLE || !published.same(run.file, start, end)) {
                    run.changed(start, end);
                }
                sums.set(piece, found[i]);
            }
        }
    }

    private static long piece(long offset) {
        return offset / PIECE_BYTES;
    }

    /** Forgets the sums of what is behind the end. */
    private void drop(long size) {
        sums.cut(size == 0 ? 0 : piece(size - 1) + 1);
    }

    private static long sum(MemorySegment bytes) {
        ByteBuffer buffer = bytes.asByteBuffer();
        CRC32C first = FIRST.get();
        first.reset();
        first.update(buffer.duplicate());
        CRC32 second = SECOND.get();
        second.reset();
        second.update(buffer);
        long sum = first.getValue() << 32 | second.getValue();
        return sum == HOLE || sum == UNKNOWN ? sum + 2 : sum;
    }

    /** Takes everything that is in it for known and published. */
    void allKnown() throws FsException {
        lock.lock();
        try {
            FileStat now = work.stat();
            learn(0, now.size());
            seen = now;
            young = isYoung(now);
        } finally {
            lock.unlock();
        }
    }

    private void learn(long start, long end) throws FsException {
        try (BufferPool.Buffer buffer = buffers.take(READ_BYTES)) {
            for (long at = start; at < end; at += READ_BYTES) {
                int length = (int) Math.min(READ_BYTES, end - at);
                work.read(at, buffer.segment(), 0, length);
                for (int offset = 0; offset < length; offset += PIECE_BYTES) {
                    sums.set(
                            piece(at + offset),
                            sum(buffer.segment().asSlice(offset, Math.min(PIECE_BYTES, length - offset))));
                }
            }
        }
    }

    /**
     * These bytes were read to be published: pieces that they are all of are known to be that. Else a piece that was written to
     * between the look and this would be published twice, the second time perhaps over what others wrote.
     */
    void published(long offset, MemorySegment bytes) {
        // Whoever waited here would hold a buffer that a look may be waiting for.
        if (!lock.tryLock()) {
            return;
        }
        try {
            long end = offset + bytes.byteSize();
            long first = (offset + PIECE_BYTES - 1) / PIECE_BYTES * PIECE_BYTES;
            for (long at = first; at + PIECE_BYTES <= end; at += PIECE_BYTES) {
                if (sums.get(piece(at)) != HOLE) {
                    sums.set(piece(at), sum(bytes.asSlice(at - offset, PIECE_BYTES)));
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Writes bytes of which the daemon knows, so that they are not found later: what else is in the same pieces and was not
     * looked at yet still is. Under the lock.
     */
    void write(long offset, MemorySegment bytes) throws FsException {
        long end = offset + bytes.byteSize();
        long size = sizeBytes();
        long first = offset / PIECE_BYTES * PIECE_BYTES;
        try (BufferPool.Buffer buffer = buffers.take(PIECE_BYTES)) {
            for (long at = first; at < end; at += PIECE_BYTES) {
                MemorySegment piece = buffer.segment().asSlice(0, PIECE_BYTES);
                long before = Math.clamp(size - at, 0, PIECE_BYTES);
                long from = Math.max(offset, at);
                long to = Math.min(end, at + PIECE_BYTES);
                boolean all = from == at && to - at >= before;
                boolean known = all || isKnown(at, piece, (int) before);
                MemorySegment.copy(bytes, from - offset, piece, from - at, to - from);
                long after = Math.max(before, to - at);
                if (from - at > before) {
                    piece.asSlice(before, from - at - before).fill((byte) 0);
                }
                sums.set(piece(at), known ? sum(piece.asSlice(0, after)) : UNKNOWN);
            }
        }
        // A last piece that was not full has grown by zeros.
        if (size < first && size % PIECE_BYTES != 0) {
            sums.set(piece(size), UNKNOWN);
        }
        work.write(offset, bytes);
        own = mtime(work.stat());
    }

    /** Reads the first {@code length} bytes of a piece, and tells whether they are what was last seen there. */
    private boolean isKnown(long at, MemorySegment to, int length) throws FsException {
        work.read(at, to, 0, length);
        long known = sums.get(piece(at));
        if (known == HOLE) {
            long data = work.seekData(at);
            return length == 0 || data < 0 || data >= at + PIECE_BYTES;
        }
        return length > 0 && known == sum(to.asSlice(0, length));
    }

    /** Cuts or extends it; under the lock. */
    void resize(long size) throws FsException {
        long before = sizeBytes();
        work.resize(size);
        long edge = Math.min(size, before);
        if (size != before && edge % PIECE_BYTES != 0 && sums.get(piece(edge)) != HOLE) {
            sums.set(piece(edge), UNKNOWN);
        }
        drop(size);
        sentEnd = Math.min(sentEnd, size / PIECE_BYTES * PIECE_BYTES);
        own = mtime(work.stat());
    }

    /** Makes it as long as the content has become. */
    void fit(long size) throws FsException {
        if (sizeBytes() != size) {
            resize(size);
            if (size > 0 && size % PIECE_BYTES != 0) {
                learn(size / PIECE_BYTES * PIECE_BYTES, size);
            }
        }
    }

    /** Makes a range a hole, which the published content has become there too; under the lock. */
    void punch(long start, long end) throws FsException {
        long stop = Math.min(end, sizeBytes());
        if (start >= stop) {
            return;
        }
        work.punch(start, stop - start);
        long last = piece(stop - 1) + 1;
        for (long piece = sums.next(piece(start), last); piece < last; piece = sums.next(piece + 1, last)) {
            long at = piece * PIECE_BYTES;
            boolean all = at >= start && (stop - at >= PIECE_BYTES || stop == sizeBytes());
            sums.set(piece, all ? HOLE : UNKNOWN);
        }
        own = mtime(work.stat());
    }

    /** Where data or a hole begins at or after {@code offset}, which is inside the file. */
    long seek(long offset, long size, boolean data) throws FsException {
        long found = data ? work.seekData(offset) : work.seekHole(offset);
        if (found < 0) {
            throw new FsException(Errno.ENXIO);
        }
        return Math.min(found, size);
    }

    /** Whether it cannot change any more: nobody has it open, and nobody has mapped it for writing. What was written before is found. */
    boolean settle(OpenInode file) throws FsException {
        lock.lock();
        try {
            if (mappable && !work.isSoleWriter()) {
                return false;
            }
            look(file);
            mappable = false;
            return true;
        } finally {
            lock.unlock();
        }
    }
}
