package dev.leat.cache;

/**
 * How a blob is cut. A <em>block</em> of 4 MiB is the unit of sequential fetching, of accounting and of eviction; a
 * <em>page</em> is the unit of presence and of checksums. Pages are 4 KiB in blobs up to 64 MiB, the size of a pack,
 * whose members are aligned to 4 KiB, so that one member can be fetched alone; 64 KiB in larger ones.
 */
final class Geometry {
    static final int BLOCK_SHIFT = 22;
    static final int BLOCK_BYTES = 1 << BLOCK_SHIFT;
    static final int SMALL_PAGE_SHIFT = 12;
    static final int SMALL_PAGE_BYTES = 1 << SMALL_PAGE_SHIFT;
    static final int LARGE_PAGE_SHIFT = 16;
    static final int PAGES_MAX = BLOCK_BYTES >> SMALL_PAGE_SHIFT;
    private static final long PACK_BYTES_MAX = 64L << 20;

    private Geometry() {}

    /** Whether a blob has a segment file of its own. */
    static boolean ownsSegment(long blobBytes) {
        return blobBytes >= BLOCK_BYTES;
    }

    static int pageShift(long blobBytes) {
        return blobBytes <= PACK_BYTES_MAX ? SMALL_PAGE_SHIFT : LARGE_PAGE_SHIFT;
    }

    static int blocks(long blobBytes) {
        return Math.toIntExact((blobBytes + BLOCK_BYTES - 1) >>> BLOCK_SHIFT);
    }

    static int blockOf(long offset) {
        return (int) (offset >>> BLOCK_SHIFT);
    }

    static int inBlock(long offset) {
        return (int) (offset & (BLOCK_BYTES - 1));
    }

    /** Length of a segment file that is lent as a block device: whole pages of 4 KiB. */
    static long paddedBytes(long blobBytes) {
        return (blobBytes + SMALL_PAGE_BYTES - 1) & -SMALL_PAGE_BYTES;
    }

    /** Bytes of a block; only the last one is shorter than 4 MiB. */
    static int blockBytes(long blobBytes, int block) {
        return (int) Math.min(BLOCK_BYTES, blobBytes - ((long) block << BLOCK_SHIFT));
    }

    static int pagesOf(int bytes, int shift) {
        return (bytes + (1 << shift) - 1) >>> shift;
    }
}
