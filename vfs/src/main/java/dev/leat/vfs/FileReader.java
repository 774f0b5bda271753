package dev.leat.vfs;

import dev.leat.cache.BlobCache;
import dev.leat.meta.engine.Bytes;
import dev.leat.meta.fs.FsException;
import dev.leat.store.Blob;
import dev.leat.store.StoreException;
import dev.leat.sys.Errno;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a file's bytes: the work file where it was written here, inline content, zeros for holes, and the blob cache for
 * everything else.
 */
final class FileReader {
    private static final Logger log = LoggerFactory.getLogger(FileReader.class);

    private final BlobCache cache;
    private final Refresher refresher;

    /** Reads a file's record again, after a blob was found gone: the file may have been rewritten meanwhile. */
    @FunctionalInterface
    interface Refresher {
        /** Whether the record changed, so that reading again makes sense. */
        boolean refresh(OpenInode file) throws FsException;
    }

    FileReader(BlobCache cache, Refresher refresher) {
        this.cache = cache;
        this.refresher = refresher;
    }

    /**
     * Reads without waiting, for the thread that took the request.
     *
     * @return bytes read, or -1 if that would have to wait
     */
    int tryRead(OpenInode file, long offset, MemorySegment to, int lengthBytes) {
        if (file.hasWork) {
            return -1;
        }
        Content content = file.content;
        long size = content.view().attr().sizeBytes();
        if (offset >= size) {
            return 0;
        }
        int length = (int) Math.min(lengthBytes, size - offset);
        Bytes inline = content.view().inline();
        if (inline != null) {
            Content.copyInline(inline, offset, to, 0, length);
            return length;
        }
        ExtentMap map = content.mapNow(offset);
        if (map == null || offset + length > content.mapEnd(offset)) {
            return -1;
        }
        int index = map.find(offset);
        // One extent holds nearly every read; the others take the ordinary way.
        if (index < 0 || offset + length > map.end(index)) {
            return -1;
        }
        boolean hit = cache.tryRead(map.blob(index), map.blobOffset(index, offset), to, 0, length);
        return hit ? length : -1;
    }

    /**
     * Reads up to {@code lengthBytes} bytes; fewer only at the end of the file.
     *
     * @return bytes read
     */
    int read(OpenInode file, long offset, MemorySegment to, int lengthBytes) throws FsException {
        long size = file.effectiveSize();
        if (offset >= size || lengthBytes == 0) {
            return 0;
        }
        int length = (int) Math.min(lengthBytes, size - offset);
        if (!file.hasWork) {
            readPublished(file, offset, to, 0, length);
            return length;
        }
        WholeFile whole = file.whole;
        if (whole != null) {
            whole.work.read(offset, to, 0, length);
            return length;
        }
        long position = offset;
        long end = offset + length;
        while (position < end) {
            long piece;
            @Nullable WorkFile work;
            file.lock.lock();
            try {
                work = file.work;
                piece = work == null ? -end : file.local.pieceEnd(position, end);
            } finally {
                file.lock.unlock();
            }
            int pieceLength = (int) (Math.abs(piece) - position);
            if (piece > 0 && work != null) {
                work.read(position, to, position - offset, pieceLength);
            } else {
                readPublished(file, position, to, position - offset, pieceLength);
            }
            position += pieceLength;
        }
        return length;
    }

    void readPublished(OpenInode file, long offset, MemorySegment to, long toOffset, int length) throws FsException {
        try {
            readContent(file.content, offset, to, toOffset, length, false);
        } catch (StoreException e) {
            if (e.kind() == StoreException.Kind.NOT_FOUND && refresher.refresh(file)) {
                readAgain(file, offset, to, toOffset, length);
            } else {
                throw failed(file, e);
            }
        } catch (FsException e) {
            // The layout is another by now: extents that the record had are in pages, or the other way round.
            if (e.errno() != Errno.ESTALE || !refresher.refresh(file)) {
                throw e;
            }
            readAgain(file, offset, to, toOffset, length);
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    private void readAgain(OpenInode file, long offset, MemorySegment to, long toOffset, int length)
            throws FsException {
        try {
            readContent(file.content, offset, to, toOffset, length, false);
        } catch (FsException e) {
            throw e;
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    /** Reads what was published by a record, and no newer one, zeros behind its end; false if it cannot be had. */
    boolean tryContent(Content content, long offset, MemorySegment to, int length) {
        try {
            return readContent(content, offset, to, 0, length, true);
        } catch (IOException e) {
            log.debug("published bytes at {} cannot be compared: {}", offset, e.getMessage());
            return false;
        }
    }

    private static FsException failed(OpenInode file, IOException cause) {
        log.error("read of inode {} failed: {}", file.ino, cause.getMessage());
        return new FsException(Errno.EIO, "read of inode " + file.ino + " failed: " + cause.getMessage(), cause);
    }

    /** False if it is to be what was there then, and newer bytes have taken its place. */
    private boolean readContent(Content content, long offset, MemorySegment to, long toOffset, int length, boolean then)
            throws IOException {
        Bytes inline = content.view().inline();
        if (inline != null) {
            Content.copyInline(inline, offset, to, toOffset, length);
            return true;
        }
        // What lies past the published end is a hole that a local write left.
        long publishedEnd = Math.min(offset + length, content.view().attr().sizeBytes());
        long position = offset;
        while (position < publishedEnd) {
            ExtentMap map = then ? content.mapThen(position) : content.map(position);
            if (map == null) {
                return false;
            }
            long end = Math.min(publishedEnd, content.mapEnd(position));
            int index = map.find(position);
            long at = toOffset + (position - offset);
            if (index >= 0) {
                int piece = (int) (Math.min(end, map.end(index)) - position);
                Blob blob = map.blob(index);
                cache.read(blob, map.blobOffset(index, position), to, at, piece);
                position += piece;
            } else {
                int next = -1 - index;
                long holeEnd = next < map.size() ? Math.min(end, map.start(next)) : end;
                to.asSlice(at, holeEnd - position).fill((byte) 0);
                position = holeEnd;
            }
        }
        if (position < offset + length) {
            long at = toOffset + Math.max(0, position - offset);
            to.asSlice(at, toOffset + length - at).fill((byte) 0);
        }
        return true;
    }
}
