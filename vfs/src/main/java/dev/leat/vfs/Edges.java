package dev.leat.vfs;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.leat.meta.fs.FsException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Compares the ends of what was found to be written with what was published there.
 *
 * @param reader reads what is published
 */
record Edges(FileReader reader) {
    /**
     * How many bytes at one end of a range are as they were.
     *
     * @param base what was published
     * @param atStart at which end
     */
    long same(OpenInode file, Content base, long start, long end, boolean atStart) throws FsException {
        WholeFile whole = file.whole;
        int length = (int) Math.min(end - start, WholeFile.PIECE_BYTES);
        if (whole == null || length <= 0) {
            return 0;
        }
        long at = atStart ? start : end - length;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment now = arena.allocate(length);
            MemorySegment before = arena.allocate(length);
            if (!reader.tryContent(base, at, before, length)) {
                return 0;
            }
            whole.work.read(at, now, 0, length);
            if (atStart) {
                long different = now.mismatch(before);
                return different < 0 ? length : different;
            }
            return sameAtEnd(now, before, length);
        }
    }

    private static long sameAtEnd(MemorySegment now, MemorySegment before, int length) {
        int same = 0;
        while (same < length && now.get(JAVA_BYTE, length - 1 - same) == before.get(JAVA_BYTE, length - 1 - same)) {
            same++;
        }
        return same;
    }
}
