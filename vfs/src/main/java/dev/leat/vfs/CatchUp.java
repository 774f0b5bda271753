package dev.leat.vfs;

import dev.leat.cache.BufferPool;
import dev.leat.meta.fs.FsException;
import dev.leat.store.Blob;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Brings a work file that the kernel serves up to what other clients published: the parts that differ, and were not written here since,
 * are fetched and written to it, so that who has the file open or mapped sees them. What this mount writes to the same place at the very
 * moment, without a lock, may be written over.
 *
 * @param modes takes files out of the cache
 * @param reader reads what is published
 * @param buffers where bytes are on the way
 */
record CatchUp(OpenModes modes, FileReader reader, Buffers buffers) {
    private static final int PIECE_BYTES = 1 << 20;

    void run(OpenInode file) throws FsException {
        if (!isBehind(file)) {
            return;
        }
        modes.detach(file);
        WholeFile whole = file.whole;
        if (whole == null) {
            done(file, null);
            return;
        }
        whole.lock.lock();
        try {
            whole.look(file);
            fetch(file, whole);
        } finally {
            whole.lock.unlock();
        }
    }

    private static boolean isBehind(OpenInode file) {
        file.lock.lock();
        try {
            return file.outdated != null;
        } finally {
            file.lock.unlock();
        }
    }

    private static void done(OpenInode file, @Nullable Content reached) {
        file.lock.lock();
        try {
            // Others may have changed it again meanwhile: what is here now is what that is compared with.
            file.outdated = reached == null || file.content == reached ? null : reached;
        } finally {
            file.lock.unlock();
        }
    }

    private void fetch(OpenInode file, WholeFile whole) throws FsException {
        Content before;
        Content now;
        RangeSet mine;
        file.lock.lock();
        try {
            before = file.outdated;
            now = file.content;
            mine = file.dirty.copy();
            if (file.flushing != null) {
                mine.addAll(file.flushing);
            }
        } finally {
            file.lock.unlock();
        }
        if (before == null) {
            return;
        }
        long size = now.view().attr().sizeBytes();
        whole.fit(Math.max(size, mine.end()));
        try (BufferPool.Buffer buffer = buffers.take(PIECE_BYTES)) {
            for (long at = 0; at < size; ) {
                long stop = Math.min(size, at + PIECE_BYTES);
                long piece = mine.pieceEnd(at, stop);
                long end = Math.abs(piece);
                if (piece < 0) {
                    long same = sameEnd(before, now, at, end);
                    if (same > at) {
                        end = same;
                    } else {
                        end = otherEnd(before, now, at, end);
                        MemorySegment bytes = buffer.segment().asSlice(0, end - at);
                        reader.readPublished(file, at, bytes, 0, (int) (end - at));
                        whole.write(at, bytes);
                    }
                }
                at = end;
            }
        }
        done(file, now);
    }

    /** Where the part that begins at {@code at} and is the same in both ends; {@code at} if it is not. */
    private static long sameEnd(Content before, Content now, long at, long end) throws FsException {
        if (before.view().inline() != null || now.view().inline() != null) {
            return at;
        }
        ExtentMap old = before.mapThen(at);
        if (old == null) {
            return at;
        }
        ExtentMap map = now.map(at);
        long stop = Math.min(end, Math.min(before.mapEnd(at), now.mapEnd(at)));
        int one = old.find(at);
        int other = map.find(at);
        if (one < 0 && other < 0) {
            return Math.min(stop, Math.min(next(old, one), next(map, other)));
        }
        if (one < 0 || other < 0) {
            return at;
        }
        Blob blob = old.blob(one);
        boolean same = blob.id().equals(map.blob(other).id()) && old.blobOffset(one, at) == map.blobOffset(other, at);
        return same ? Math.min(stop, Math.min(old.end(one), map.end(other))) : at;
    }

    private static long next(ExtentMap map, int notFound) {
        int next = -1 - notFound;
        return next < map.size() ? map.start(next) : Long.MAX_VALUE;
    }

    /** Where the part that begins at {@code at} and is not the same ends, or an extent of it. */
    private static long otherEnd(Content before, Content now, long at, long end) throws FsException {
        if (before.view().inline() != null || now.view().inline() != null) {
            return end;
        }
        long stop = Math.min(end, Math.min(before.mapEnd(at), now.mapEnd(at)));
        ExtentMap map = now.map(at);
        int index = map.find(at);
        stop = Math.min(stop, index >= 0 ? map.end(index) : next(map, index));
        ExtentMap old = before.mapThen(at);
        if (old == null) {
            return stop;
        }
        int one = old.find(at);
        return Math.min(stop, one >= 0 ? old.end(one) : next(old, one));
    }
}
