package dev.leat.cache;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/**
 * The checksum of a page: CRC32C of its bytes, bound to the blob and the page's place in it. After a power loss the
 * index of one blob may lie beside the bytes and checksums of another that took the same space; the binding makes those
 * not match.
 */
final class Checksums {
    private Checksums() {}

    /**
     * The checksum of {@code bytes} bytes.
     *
     * @param blobOffset where the page begins in its blob
     */
    static int page(long session, long sequence, long blobOffset, MemorySegment from, long offset, int bytes) {
        return crc(from, offset, bytes) ^ binding(session, sequence, blobOffset);
    }

    /** Plain CRC32C. */
    static int crc(MemorySegment from, long offset, int bytes) {
        CRC32C crc = new CRC32C();
        crc.update(from.asSlice(offset, bytes).asByteBuffer());
        return (int) crc.getValue();
    }

    static int binding(long session, long sequence, long number) {
        long h = session * 0x9E3779B97F4A7C15L ^ Long.rotateLeft(sequence * 0xC2B2AE3D27D4EB4FL, 23);
        h = (h ^ number) * 0xBF58476D1CE4E5B9L;
        return (int) (h >>> 32) ^ (int) h;
    }
}
