package dev.leat.vfs;

import dev.leat.cache.BufferPool;
import dev.leat.meta.fs.FsException;
import java.lang.foreign.MemorySegment;

/**
 * Copies bytes between open files.
 *
 * @param buffers where they are on the way
 * @param reader reads
 * @param writer writes
 */
record RangeCopy(Buffers buffers, FileReader reader, FileWriter writer) {
    /** Bytes moved at a time. */
    private static final int PIECE_BYTES = 1 << 20;

    /** Most bytes of one call: from a slow store no more fit into the deadline of a request. */
    private static final long MAX_BYTES = 16L << 20;

    /** Copies, and answers how many bytes; fewer at the end of the source, and of long ranges. */
    long copy(OpenInode source, long fromOffset, OpenInode target, long toOffset, long lengthBytes) throws FsException {
        long copied = 0;
        try (BufferPool.Buffer buffer = buffers.take(PIECE_BYTES)) {
            long most = Math.min(lengthBytes, MAX_BYTES);
            while (copied < most) {
                int piece = (int) Math.min(PIECE_BYTES, most - copied);
                int got = reader.read(source, fromOffset + copied, buffer.segment(), piece);
                if (got == 0) {
                    break;
                }
                MemorySegment bytes = buffer.segment().asSlice(0, got);
                writer.write(target, toOffset + copied, bytes, false, false);
                copied += got;
            }
        }
        return copied;
    }
}
